// Package door is the door of an MCU that oversees a group of secure elements, towards
// the clients of the group: frames of package frame on a Unix stream socket of mode
// 0600, or as messages of a bus. The MCU owns it.
//
// A client seals its requests to the group and checks what is released, so nothing
// here is secret and an MCU that lies is found out.
//
//	kind  request   kind  answer       uses
//	01    Describe  81    Description  the group as its members agreed on it
//	02    Open      82    Opened       a session, message of package group/door
//	03    Ask       83    Released     questions of package group/door
//	04    View      84    Viewed       for people; JSON of type Picture
//	-               FF    Refusal      a Code of package group/door
//
// Ask is two bytes of a count and so many questions; Released is two bytes of a count
// and so many releases:
//
//	byte 0      Code of package group/door; 0: released
//	byte 1-16   SIV of the answer
//	byte 17     number of votes
//	byte 18-    votes: index of the member (1), its Code (1), SIV (16), vote (16), hash
//	            of the question as it saw it (32)
//	then        two bytes of length, and the sealed answer without its SIV
package door
