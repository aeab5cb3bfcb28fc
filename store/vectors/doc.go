// Package vectors keeps the vectors of an index for comparing: in memory or in a file that processes map together, with codes
// by which rows are compared roughly, and a checksum for each row. It knows no database.
package vectors
