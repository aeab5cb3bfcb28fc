// Package site shows notes as pages of a web site: HTML that runs nothing, loads nothing and links to the workspace's other notes as its
// index resolves links. It opens no file.
package site
