// Package services is the base of every HTTP service: a loopback server that refuses what a web page or a rebound name
// sends, answers `/health`, `/ready` and `/metrics`, counts its work, bounds its queue and bodies, and drains before it
// stops.
//
// A service makes a [Server], adds its routes with [Server.Handle] and calls [Server.Serve]. Requests to those routes are
// called work; the three built-in routes are not work, and are answered whatever the server's state is.
package services
