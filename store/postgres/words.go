package postgres

// wordState is what a Store keeps of words in memory.
type wordState struct{}

// wordWriter is what a writer keeps of words.
type wordWriter struct{}
