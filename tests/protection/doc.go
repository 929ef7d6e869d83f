// Package protection asks a lane what guards its memory on a machine that has no
// memfd_secret, and holds the answer against what is in force.
package protection
