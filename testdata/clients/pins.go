package clients

// SDKs are Python's clients of the services whose dialects ours speaks, in one environment.
func SDKs() []string {
	return []string{"openai==3.54.0", "ollama==0.6.3", "huggingface_hub==2.4.0", "cohere==7.3.1", "infinity_client==0.0.78", "numpy==2.4.6"}
}

// Frameworks are those of Python that bring clients of their own, which want older versions of some SDKs.
func Frameworks() []string {
	return []string{
		"langchain-openai==1.7.4", "langchain-ollama==1.1.0", "langchain-cohere==0.6.0", "langchain-huggingface==1.2.3",
		"llama-index-core==0.14.25", "llama-index-embeddings-openai==0.6.0", "llama-index-embeddings-openai-like==0.4.0", "llama-index-embeddings-ollama==0.10.0",
		"llama-index-embeddings-text-embeddings-inference==0.6.0", "llama-index-embeddings-huggingface-api==0.6.0",
		"llama-index-postprocessor-cohere-rerank==0.10.0", "llama-index-postprocessor-tei-rerank==0.6.0", "litellm==1.110.2",
	}
}
