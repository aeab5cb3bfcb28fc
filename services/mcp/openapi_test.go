package mcp

import (
	"amalfa/services"
	ts "amalfa/testdata/testservice"

	"github.com/google/jsonschema-go/jsonschema"
)

type schemas = map[string]*jsonschema.Schema

// page is what is written of this service's HTTP. What stands in a message is the protocol's; docs/mcp.md has the tools.
func page() ts.Page {
	id := &jsonschema.Schema{Types: []string{"null", "string", "integer"}, ExclusiveMinimum: new(-0x1p53), ExclusiveMaximum: new(0x1p53)}
	message := &jsonschema.Schema{Title: "Message", Type: "object", Required: []string{"jsonrpc"}, Description: "a request, a notification or an answer", Properties: schemas{
		"jsonrpc": ts.Exactly("2.0"), "id": id, "method": ts.Text(1), "params": {Description: "an object; an answer says so where it is not"}}}
	answer := &jsonschema.Schema{Title: "Answer", Type: "object", Required: []string{"jsonrpc"}, Properties: schemas{
		"jsonrpc": ts.Exactly("2.0"), "id": {Types: []string{"null", "string", "integer"}}, "result": {Type: "object"}, "error": {Type: "object"}}}
	return ts.Page{
		Service: "mcp", Port: "3015", Private: true, About: "The Model Context Protocol over HTTP: `amalfa serve --http`.",
		FaultPages: map[string]schemas{"Model Context Protocol": {"application/json": ts.AnyOf(ts.Gives[services.ErrorBody](), answer), "text/plain": ts.Text(0)}},
		Operations: map[string]ts.Operation{
			"POST " + Path: {Summary: "a message of the protocol", Takes: message, Gives: answer, Media: schemas{"text/event-stream": ts.Event("application/json", answer)}, Refuses: []int{202, 400}},
		},
	}
}
