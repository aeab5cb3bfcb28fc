//go:build !cgo

package onnx

// Init returns [ErrUnsupported] in this build.
func Init(string) error { return ErrUnsupported }

// Version returns "" in this build.
func Version() string { return "" }

// Trim does nothing in this build.
func Trim() {}

// Session cannot be had in this build.
type Session struct{}

// Open returns [ErrUnsupported] in this build.
func Open(string, Options) (*Session, error) { return nil, ErrUnsupported }

// Run returns [ErrUnsupported] in this build.
func (*Session) Run(Tokens, func(Output)) error { return ErrUnsupported }

// Header returns nothing in this build.
func (*Session) Header() Header { return Header{} }

// Width returns 0 in this build.
func (*Session) Width() int { return 0 }

// Rows returns false in this build.
func (*Session) Rows() (perToken, all bool) { return false, false }

// Path returns "" in this build.
func (*Session) Path() string { return "" }

// Close does nothing in this build.
func (*Session) Close() error { return nil }
