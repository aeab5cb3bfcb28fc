//go:build unix && !linux

package faults

// rssUnit is bytes in a unit of ru_maxrss (getrusage(2)).
const rssUnit = 1
