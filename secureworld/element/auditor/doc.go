// Package auditor finds groups of secure elements of which all members lie together,
// which their overseer cannot see. It stands beside the clients, for it has to read
// what it compares: a share of what one group answers is asked of another, and questions
// with answers that are known beforehand (canaries) are mixed in.
//
// Answers depend on question and keys alone, so groups that hold the same keys answer
// the same; but a translated PIN block has fill of its own in each group. Of two such
// blocks a group makes the PIN's offset, and those are compared.
//
// Clients of groups import it. It holds no key; of answers it keeps hashes until they
// are compared, and of PIN blocks what was enciphered anyway.
package auditor
