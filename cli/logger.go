package cli

import (
	"os"

	"amalfa/daemon"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logger writes JSON lines to a daemon's own log, or readable lines to
// standard error in the foreground. LOG_LEVEL is debug, info, warn or error.
func (a *app) logger(child *daemon.Child) *zap.Logger {
	level, err := zapcore.ParseLevel(a.env.Getenv("LOG_LEVEL"))
	if err != nil || a.env.Getenv("LOG_LEVEL") == "" {
		level = zapcore.InfoLevel
	}
	cfg := zap.NewProductionEncoderConfig()
	cfg.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	if child.Foreground() {
		return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(cfg), zapcore.Lock(os.Stderr), level))
	}
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(cfg), child.Log(), level))
}
