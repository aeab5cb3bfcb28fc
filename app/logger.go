package app

import (
	"os"

	"amalfa/daemon"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// openLog returns the logger of a service: JSON lines in its own file, or readable lines on standard error in the
// foreground. LOG_LEVEL is debug, info, warn or error. The second value closes the file.
func (v *serving) openLog() (*zap.Logger, func(), error) {
	level, err := zapcore.ParseLevel(v.Env.Getenv("LOG_LEVEL"))
	if err != nil || v.Env.Getenv("LOG_LEVEL") == "" {
		level = zapcore.InfoLevel
	}
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	if v.Foreground {
		return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(enc), zapcore.Lock(os.Stderr), level)), func() {}, nil
	}
	file, err := daemon.OpenLog(v.spec(v.svc).Log, daemon.LogOptions{Redirect: true})
	if err != nil {
		return nil, nil, err
	}
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(enc), file, level))
	return log, func() { _ = file.Close() }, nil
}
