package cli

import (
	"context"
	"errors"
	"fmt"

	"amalfa/app"
	"amalfa/models"
	"amalfa/search"
	"amalfa/store"
)

// choosePrecision makes a form of the model the user's own choice, and says so; "" leaves it.
func (s *session) choosePrecision(precision string) error {
	switch precision {
	case "":
		return nil
	case models.Full, models.Int8:
	default:
		return usageError(fmt.Sprintf("--precision has no %q", precision), "choose full or int8")
	}
	changed, err := s.SetPrecision(precision)
	if changed {
		user, _ := s.SettingsFiles()
		s.aside("embeddings.precision is %s from now on, in %s", precision, cleanLine(user.Path))
	}
	return err
}

// vectorShare counts the passages that meaning finds, also when ctx has ended. Before there is an index it is nothing.
func (s *session) vectorShare(ctx context.Context) (search.Share, error) {
	share, err := s.VectorShare(context.WithoutCancel(ctx))
	if errors.Is(err, store.ErrNoIndex) {
		err = nil
	}
	return share, err
}

// goOnBehind starts the watcher, which makes the vectors that are lacking.
func (s *session) goOnBehind(ctx context.Context) error {
	_, err := s.StartWatcher(ctx)
	if err != nil {
		return app.WithHint(fmt.Errorf("all notes are found by words, but the watcher does not start, which makes the vectors: %w", err), "without it, run \"amalfa init\"")
	}
	return nil
}

// stoppedLine says how far an interrupted init came, what goes on and what does not.
func (s *session) stoppedLine(ctx context.Context, ans initAnswer, worded bool) string {
	done, all := ans.Indexed+ans.Unchanged+ans.Partial, ans.Files-ans.Skipped-ans.Failed
	text := fmt.Sprintf("%s of %s notes are in the index and stay", thousands(done), thousands(all))
	switch {
	case done == 0 && ans.Vectors.Of > 0:
		return "before anything was looked at, the index is as it was; run it again"
	case done == 0:
		return "before the first note; run it again"
	case worded:
		text = fmt.Sprintf("all %s notes are found by words; %s of %s by meaning", thousands(ans.Index.Notes), thousands(ans.Vectors.Have), passages(ans.Vectors.Of))
	}
	if s.IsWatched(context.WithoutCancel(ctx)) {
		return text + "; the watcher goes on with the rest"
	}
	return text + "; run it again for the rest, or \"amalfa watcher start\""
}
