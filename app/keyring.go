package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"amalfa/llm"

	"github.com/zalando/go-keyring"
)

// keyringName is under which the keys of hosts are kept in the system's keyring: one entry a host, so that no key goes elsewhere.
const keyringName = "amalfa"

// keyringTime bounds how long a keyring is waited for: one that is locked may be asking its owner, who is not there.
const keyringTime = 3 * time.Second

// ErrNoKeyring reports that this session has no keyring of the system.
var ErrNoKeyring = errors.New("no keyring of the system here")

// A systemKeyring keeps keys where the system keeps passwords.
type systemKeyring struct{ there bool }

// keyring is that of the session. Without a session bus there is none on Linux: looking for one could start a program.
func (w *Workspace) keyring() systemKeyring {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return systemKeyring{true}
	}
	if w.Env.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return systemKeyring{true}
	}
	_, err := os.Stat(filepath.Join(w.Env.Getenv("XDG_RUNTIME_DIR"), "bus"))
	return systemKeyring{w.Env.Getenv("XDG_RUNTIME_DIR") != "" && err == nil}
}

// get returns the key of a host, "" for none.
func (k systemKeyring) get(host string) llm.Secret {
	var key string
	if err := k.within(func() (err error) { key, err = keyring.Get(keyringName, host); return err }); err != nil {
		return ""
	}
	return llm.Secret(key)
}

func (k systemKeyring) set(host string, key llm.Secret) error {
	return k.within(func() error { return keyring.Set(keyringName, host, string(key)) })
}

// remove reports whether there was a key.
func (k systemKeyring) remove(host string) (bool, error) {
	err := k.within(func() error { return keyring.Delete(keyringName, host) })
	if errors.Is(err, keyring.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// within runs a call in the time that is allowed. One that hangs is left to itself.
func (k systemKeyring) within(call func() error) error {
	if !k.there {
		return ErrNoKeyring
	}
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		if err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return fmt.Errorf("keyring of the system: %w", err)
		}
		return err
	case <-time.After(keyringTime):
		return fmt.Errorf("%w: it did not answer in %s; unlock it", ErrNoKeyring, keyringTime)
	}
}

// SetKey keeps the key of the configured provider in the system's keyring, and returns whose it is.
func (w *Workspace) SetKey(key string) (host string, err error) {
	return w.withKeyHost(func(host string) error {
		if key == "" {
			return &UsageError{"the key is empty", "type it, or send it: amalfa sonar key set < FILE"}
		}
		return w.keyring().set(host, llm.Secret(key))
	})
}

// RemoveKey takes it out again, and reports whether there was one.
func (w *Workspace) RemoveKey() (host string, was bool, err error) {
	host, err = w.withKeyHost(func(host string) (err error) { was, err = w.keyring().remove(host); return err })
	return host, was, err
}

func (w *Workspace) withKeyHost(do func(host string) error) (string, error) {
	in := w.Settings.Sonar
	c, err := llm.FromEnv(w.Env.Getenv, llm.Settings{Provider: in.Provider, BaseURL: in.Host})
	if err != nil {
		return "", err
	}
	p, err := llm.NewProvider(c)
	if err != nil {
		return "", err
	}
	defer p.Close()
	if !p.Remote() {
		return "", &UsageError{"the language model at " + p.Host() + " is on this machine: no key is looked up for it", "name another one first: amalfa config set --user sonar.provider openrouter"}
	}
	err = do(p.Host())
	if errors.Is(err, ErrNoKeyring) {
		err = WithHint(err, "set the provider's own variable instead, as OPENAI_API_KEY")
	}
	return p.Host(), err
}
