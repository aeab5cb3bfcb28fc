// Package vector is the embedding service: an [Engine] that turns texts into
// vectors in this process, the HTTP routes over it ([Serve]), and a [Client]
// of those routes.
//
// Words: a batch is the texts of one request; a run is one text, or one window
// of a long text, through the model, never together with another; a class is
// interactive or bulk. Because every run is one sequence alone, the vector of
// a text has the same bytes whatever else the service is doing.
package vector
