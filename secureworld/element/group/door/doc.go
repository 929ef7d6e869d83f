// Package door is the door of a secure element that is member of a group, towards
// the MCU that oversees the group: what an MCU may ask of a member, in frames of
// package frame over a Unix stream socket of mode 0600. The member owns it.
//
// The MCU carries and compares; it holds no key. What it sees of a question is its
// outside (group, epoch, session, counter, verb, length); what it sees of answers is
// whether they are equal.
//
//	kind  request     kind  answer         state of the member
//	01    Identify    81    Identity       any
//	02    Propose     82    Commitment     any; forgets an agreement under way
//	03    Fix         83    Contribution   committed
//	04    Deliver     84    Confirmation   contributed
//	05    Activate    85    Active         confirmed; the epoch before drains
//	06    Retire      86    Retired        any; zeroises that epoch
//	07    Open        87    Opened         active in that epoch
//	08    Ask         88    Answers        active in that epoch
//	09    Testify     89    Testimony      active in that epoch
//	0A    Inquire     8A    Condition      any
//	-                 FF    Refusal        a Code
//
// A question on the wire, big endian, hand-coded because it is the fast path:
//
//	byte 0-7    group
//	byte 8-11   epoch
//	byte 12-27  session
//	byte 28-35  counter, starts at 1
//	byte 36     verb, a kind of package element
//	byte 37-38  length of what follows
//	byte 39-    AES-SIV (RFC 5297): 16 bytes of SIV, then the ciphertext of the
//	            request's body as package frame lays it out
//
// An answer:
//
//	byte 0      Code; 0: answered, and SIV and body are of the sealed answer
//	byte 1-16   SIV of the sealed answer, zeros if not answered
//	byte 17-32  vote: AES-CMAC under the key that this member shares with the session's
//	            client over VoteInput; zeros where the member has no such session
//	byte 33-64  SHA-256 of the question as the member saw it
//	byte 65-66  length of the body: 0 unless the MCU asked this member to lead
//	byte 67-    ciphertext of the answer: kind (1 byte, KindRefusal included) and body
//	            as package element lays them out
//
// A counter serves once in an Ask that leads and once in one that does not, so that an
// MCU may compare first and then ask one of those that agree for the answer itself;
// both answers are the same, and Testify says it again without using up a counter. An
// answer whose body did not fit the frame has none, and may be asked for again.
//
// The numbers of epochs rise as long as a member runs. The epoch before the active one
// answers for ten seconds more, but opens no session.
//
// Ask and Answers are the two bytes of a count, for Ask one more byte (01: lead), and
// then so many questions or answers.
package door
