// Package models knows which embedding models there are, finds their files and ONNX Runtime's library on this
// machine, and fetches what is missing.
//
// A model is a row of the catalogue or a folder holding model.onnx and tokenizer.json. Its precision is "full"
// (the file as published, mostly fp32) or "int8". A pinned file is one whose SHA-256 is written down here; the
// digest of any other file is the hub's own, checked and recorded in amalfa.json when it is first fetched.
//
// The cache, a folder of mode 0700 that only we may write:
//
//	models/ORG--NAME/PRECISION-ID/   model.onnx, tokenizer.json, other files of the model and amalfa.json
//	runtime/ID/                      libonnxruntime.so, libonnxruntime.dylib or onnxruntime.dll
//	*.lock, *.part, *.part.json      held while something is fetched, and what was fetched so far
//
// ID is the start of the pinned digest, or of the hub's revision. Every file appears under its name complete and
// verified or not at all, and is verified again each time it is asked for: ONNX Runtime loads a model with
// flipped bits without a word (measured: 5 of 6 such files).
package models
