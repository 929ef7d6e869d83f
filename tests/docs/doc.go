// Package docs follows the documentation word for word: every block of shell commands
// on every page of docs/ is run as it stands there, in the order of the pages, against
// the lane that the tutorial starts, and must end well and print what the page shows.
//
// A block is fenced. Its language says what becomes of it:
//
//	sh                   run in the page's shell; what it prints is held against a
//	                     text block that follows it directly
//	sh another terminal  the same in a shell of its own, which runs on; a text block
//	                     that follows says what to wait for
//	text                 what is printed: each line in this order, others may stand
//	                     between; … stands for anything within a line
//	anything else        is shown, not run
package docs
