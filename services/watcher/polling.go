package watcher

import "fmt"

// When folders are polled instead of watched (the setting watch.polling).
const (
	PollAuto   = "auto"   // those on file systems of other machines, whose changes give no events here
	PollAlways = "always" // all
	PollNever  = "never"  // only those that cannot be watched
)

// Polling returns Options.Polled for a setting.
func Polling(setting string) func(dir string) string { return polling(setting, remoteKind) }

func polling(setting string, remote func(dir string) string) func(dir string) string {
	switch setting {
	case PollAlways:
		return func(string) string { return "watch.polling is always" }
	case PollNever:
		return nil
	}
	return func(dir string) string {
		if kind := remote(dir); kind != "" {
			return fmt.Sprintf("%s tells nothing of changes by other machines (watch.polling)", kind)
		}
		return ""
	}
}
