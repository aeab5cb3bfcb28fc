package tokenizer

// libraries are the Python packages the tests compare with.
var libraries = []string{"tokenizers==0.23.3", "sentencepiece==0.2.3"}
