// Package rerank scores documents against a query in this process ([Engine]).
//
// Words: a pair is the query and one document, or one window of a long
// document, read together by the model; a run is one pair through the model,
// never together with another, so that no score depends on its neighbours; a
// document is judged once one of its pairs has a score.
package rerank
