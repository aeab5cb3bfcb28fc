package files

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Sign is the code by which a user's key vouches for a text of a kind, in hex: what was signed as one kind is none of another. A journal's
// kind is "".
func Sign(kind string, body, key []byte) string {
	mac := hmac.New(sha256.New, key)
	if kind != "" {
		mac.Write([]byte(kind + "\x00"))
	}
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// IsSigned tells whether one of a user's keys made the code of a text.
func IsSigned(kind string, body []byte, code string, keys [][]byte) bool {
	return slices.ContainsFunc(keys, func(key []byte) bool { return hmac.Equal([]byte(Sign(kind, body, key)), []byte(code)) })
}
