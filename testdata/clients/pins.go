package clients

// The protocol's library for Python, which has an environment of its own, and its inspector.
const (
	PythonMCP    = "mcp==2.3.0"
	MCPInspector = "@modelcontextprotocol/inspector@2.12.0"
)

// Schemathesis asks services what their OpenAPI documents allow and what they do not; the others are its parts on which depends what it asks.
func Schemathesis() []string {
	return []string{"schemathesis==4.32.5", "hypothesis==6.170.17", "jsonschema_rs==0.60.3"}
}

// SDKs are Python's clients of the services whose dialects ours speaks, in one environment.
func SDKs() []string {
	return []string{"openai==3.54.0", "ollama==0.6.3", "huggingface_hub==2.4.0", "cohere==7.3.1", "infinity_client==0.0.78", "numpy==2.4.6"}
}

// Frameworks are those of Python that bring clients of their own, which want older versions of some SDKs.
func Frameworks() []string {
	return []string{
		"langchain-openai==1.7.4", "langchain-ollama==1.1.0", "langchain-cohere==0.6.0",
		"llama-index-core==0.14.25", "llama-index-embeddings-openai==0.6.0", "llama-index-embeddings-openai-like==0.4.0", "llama-index-embeddings-ollama==0.10.0",
		"llama-index-embeddings-text-embeddings-inference==0.6.0", "llama-index-embeddings-huggingface-api==0.6.0",
		"llama-index-postprocessor-cohere-rerank==0.10.0", "llama-index-postprocessor-tei-rerank==0.6.0", "litellm==1.110.2",
	}
}

// JavaScript are its clients and frameworks, in one installation.
func JavaScript() []string {
	return []string{
		"openai@6.49.0", "ollama@0.6.4", "cohere-ai@8.1.0", "@huggingface/inference@4.13.30",
		"@langchain/core@1.4.0", "@langchain/openai@1.5.8", "@langchain/ollama@1.3.0", "@langchain/cohere@1.0.5",
		"@llamaindex/core@0.6.22", "@llamaindex/env@0.1.30", "@llamaindex/openai@0.4.22", "@llamaindex/ollama@0.1.23", "@llamaindex/cohere@0.0.4",
		"@modelcontextprotocol/sdk@1.32.2", "@modelcontextprotocol/client@2.4.0",
	}
}
