// Package embed turns texts into vectors in this process ([Engine]).
//
// Words: a batch is the texts of one request; a run is one text, or one window
// of a long text, through the model, never together with another; a class is
// interactive or bulk. Because every run is one sequence alone, the vector of
// a text has the same bytes whatever else the engine is doing.
package embed
