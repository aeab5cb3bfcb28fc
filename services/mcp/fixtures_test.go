package mcp

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// addFixtures gives a server the tools, prompts and resources that the protocol's own test suite calls, so that its scenarios
// run through our framing, our guard and our middleware. Names and texts are the suite's.
func addFixtures(s *Server) {
	text := func(t string) *sdk.TextContent { return &sdk.TextContent{Text: t} }
	image := &sdk.ImageContent{Data: onePixel(), MIMEType: "image/png"}
	embedded := func(uri, t string) *sdk.EmbeddedResource {
		return &sdk.EmbeddedResource{Resource: &sdk.ResourceContents{URI: uri, MIMEType: "text/plain", Text: t}}
	}
	for name, content := range map[string][]sdk.Content{
		"test_simple_text":            {text("This is a simple text response for testing.")},
		"test_image_content":          {image},
		"test_audio_content":          {&sdk.AudioContent{Data: []byte("RIFF$\x00\x00\x00WAVEfmt "), MIMEType: "audio/wav"}},
		"test_embedded_resource":      {embedded("test://embedded-resource", "This is an embedded resource content.")},
		"test_multiple_content_types": {text("Multiple content types test:"), image, embedded("test://mixed-content-resource", "{}")},
	} {
		sdk.AddTool(s.sdk, &sdk.Tool{Name: name, Description: "A fixture of the suite."}, func(context.Context, *sdk.CallToolRequest, any) (*sdk.CallToolResult, any, error) {
			return &sdk.CallToolResult{Content: content}, nil, nil
		})
	}
	sdk.AddTool(s.sdk, &sdk.Tool{Name: "test_error_handling", Description: "A fixture of the suite."}, func(context.Context, *sdk.CallToolRequest, any) (*sdk.CallToolResult, any, error) {
		return nil, nil, errors.New("This tool intentionally returns an error for testing") //nolint:staticcheck // the suite's text
	})
	sdk.AddTool(s.sdk, &sdk.Tool{Name: "test_tool_with_progress", Description: "A fixture of the suite."}, func(ctx context.Context, req *sdk.CallToolRequest, _ any) (*sdk.CallToolResult, any, error) {
		token := req.Params.GetProgressToken()
		for _, done := range []float64{0, 50, 100} {
			if err := req.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{ProgressToken: token, Progress: done, Total: 100}); err != nil {
				return nil, nil, err
			}
			<-time.After(50 * time.Millisecond) // work that takes its time: a proxy drops what comes right before the answer
		}
		return &sdk.CallToolResult{Content: []sdk.Content{text(fmt.Sprint(token))}}, nil, nil
	})
	addFixturePrompts(s, text, image, embedded)
	addFixtureResources(s)
}

func addFixturePrompts(s *Server, text func(string) *sdk.TextContent, image sdk.Content, embedded func(uri, t string) *sdk.EmbeddedResource) {
	required := func(names ...string) (args []*sdk.PromptArgument) {
		for _, n := range names {
			args = append(args, &sdk.PromptArgument{Name: n, Required: true})
		}
		return args
	}
	for _, p := range []struct {
		name    string
		args    []*sdk.PromptArgument
		content func(args map[string]string) []sdk.Content
	}{
		{"test_simple_prompt", nil, func(map[string]string) []sdk.Content {
			return []sdk.Content{text("This is a simple prompt for testing.")}
		}},
		{"test_prompt_with_arguments", required("arg1", "arg2"), func(a map[string]string) []sdk.Content {
			return []sdk.Content{text(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", a["arg1"], a["arg2"]))}
		}},
		{"test_prompt_with_embedded_resource", required("resourceUri"), func(a map[string]string) []sdk.Content {
			return []sdk.Content{embedded(a["resourceUri"], "Embedded resource content for testing."), text("Please process the embedded resource above.")}
		}},
		{"test_prompt_with_image", nil, func(map[string]string) []sdk.Content {
			return []sdk.Content{image, text("Please analyze the image above.")}
		}},
	} {
		s.sdk.AddPrompt(&sdk.Prompt{Name: p.name, Description: "A fixture of the suite.", Arguments: p.args}, func(_ context.Context, req *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
			res := &sdk.GetPromptResult{}
			for _, c := range p.content(req.Params.Arguments) {
				res.Messages = append(res.Messages, &sdk.PromptMessage{Role: "user", Content: c})
			}
			return res, nil
		})
	}
}

func addFixtureResources(s *Server) {
	read := func(fill func(c *sdk.ResourceContents)) sdk.ResourceHandler {
		return func(_ context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
			c := &sdk.ResourceContents{URI: req.Params.URI}
			fill(c)
			return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{c}}, nil
		}
	}
	s.sdk.AddResource(&sdk.Resource{URI: "test://static-text", Name: "static-text", MIMEType: "text/plain"}, read(func(c *sdk.ResourceContents) {
		c.MIMEType, c.Text = "text/plain", "This is the content of the static text resource."
	}))
	s.sdk.AddResource(&sdk.Resource{URI: "test://static-binary", Name: "static-binary", MIMEType: "image/png"}, read(func(c *sdk.ResourceContents) {
		c.MIMEType, c.Blob = "image/png", onePixel()
	}))
	s.sdk.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: "test://template/{id}/data", Name: "template", MIMEType: "application/json"}, read(func(c *sdk.ResourceContents) {
		id := strings.TrimSuffix(strings.TrimPrefix(c.URI, "test://template/"), "/data")
		c.MIMEType, c.Text = "application/json", fmt.Sprintf(`{"id":%q,"templateTest":true,"data":"Data for ID: %s"}`, id, id)
	}))
}

// onePixel is a PNG picture.
func onePixel() []byte {
	data, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		panic(err)
	}
	return data
}
