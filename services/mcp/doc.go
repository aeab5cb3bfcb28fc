// Package mcp serves one workspace's memory to agents over the Model Context Protocol, revisions 2024-11-05 to 2026-07-28.
//
// It has no logic of its own: search ranks, store holds, this package packs answers for an agent. Every answer fits a token
// budget, carries the best evidence first with "path:lines", and says how to get the rest. Notes are data: their text is
// cleaned of characters that hide things, marked as untrusted, and never decides which file is opened. Descriptions of tools
// are constants, so that no note can change what an agent is told about them.
//
// The index is opened for reading at the first call that needs it, never by initialize or a list method; it is opened again
// when its file was replaced. Nothing here writes to the workspace except the scratchpad folder.
//
// Words: a budget is what is left of an answer's tokens; a form is one way to show a row, longer or shorter; a cursor is where the
// next answer goes on; a place is "id:a-b".
package mcp
