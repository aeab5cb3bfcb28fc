package models

import (
	"context"
	"errors"
)

func (l *Locator) fetchModel(ctx context.Context, m Model, v variant) (Files, error) {
	return Files{}, nil
}
func (l *Locator) fetchRuntime(ctx context.Context, libs []Library, s *search) (string, error) {
	return "", &MissingError{What: "ONNX Runtime for " + platform(), Looked: s.looked}
}
