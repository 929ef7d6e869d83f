// Package completion writes what makes a shell complete the operator's command: for
// bash, zsh and fish, from one list of commands.
//
// The operator's command imports it. What it writes is put into a shell, so a word that
// is more than letters, digits and dashes is left out.
package completion

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Command is one command of a program.
type Command struct {
	Path  []string // "card", "insert"
	Help  string   // one line
	Flags []string // without dashes
}

// Write writes the completion of a program for a shell, bash, zsh or fish; false where
// it is another.
func Write(shell, program string, list []Command) (string, bool) {
	tree := treeOf(list)
	switch shell {
	case "bash":
		return bash(program, tree), true
	case "zsh":
		// zsh reads bash's form, with the loader that it brings for that.
		return "#compdef " + program + "\nautoload -U +X bashcompinit && bashcompinit\n" + bash(program, tree), true
	case "fish":
		return fish(program, tree), true
	}
	return "", false
}

// node is what may follow a path.
type node struct {
	words map[string]string // next word, and its help
	flags []string
}

// treeOf has one node for every path that begins a command; the root's is "".
func treeOf(list []Command) map[string]*node {
	tree := map[string]*node{"": {words: map[string]string{}}}
	for _, c := range list {
		for i, w := range c.Path {
			if !plain(w) {
				break
			}
			at := strings.Join(c.Path[:i], " ")
			here := strings.TrimSpace(at + " " + w)
			if tree[here] == nil {
				tree[here] = &node{words: map[string]string{}}
			}
			if help, known := tree[at].words[w]; !known || i == len(c.Path)-1 && help == "" {
				tree[at].words[w] = ""
			}
			if i == len(c.Path)-1 {
				tree[at].words[w] = clean(c.Help)
				tree[here].flags = slices.DeleteFunc(slices.Clone(c.Flags), func(f string) bool { return !plain(f) })
			}
		}
	}
	return tree
}

// plain is a word that no shell takes for anything else.
func plain(s string) bool {
	return s != "" && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// clean keeps a help what it is between single quotes.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\'' || r == '\\' || r < ' ' {
			return -1
		}
		return r
	}, s)
}

func paths(tree map[string]*node) []string { return slices.Sorted(maps.Keys(tree)) }

func (n *node) list() []string { return slices.Sorted(maps.Keys(n.words)) }

// bash finds the longest path that stands on the line, and offers what may follow it;
// where nothing of that fits, files.
func bash(program string, tree map[string]*node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Completion of %s. In ~/.bashrc: source <(%s completion bash)\n", program, program)
	fmt.Fprintf(&b, "_%s() {\n  local cur=${COMP_WORDS[COMP_CWORD]} at= w next words flags\n", program)
	fmt.Fprint(&b, "  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    [[ $w == -* ]] && continue\n    next=${at:+$at }$w\n    case $next in\n")
	fmt.Fprintf(&b, "    %s) at=$next ;;\n    esac\n  done\n  case $at in\n", alternatives(paths(tree)[1:]))
	for _, p := range paths(tree) {
		fmt.Fprintf(&b, "  '%s') words='%s' flags='%s' ;;\n", p, strings.Join(tree[p].list(), " "), dashed(tree[p].flags))
	}
	fmt.Fprint(&b, "  esac\n  if [[ $cur == -* ]]; then words=$flags; fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n")
	fmt.Fprintf(&b, "complete -o default -F _%s %s\n", program, program)
	return b.String()
}

func alternatives(paths []string) string { return "'" + strings.Join(paths, "'|'") + "'" }

func dashed(flags []string) string {
	out := make([]string, len(flags))
	for i, f := range flags {
		out[i] = "-" + f
	}
	return strings.Join(out, " ")
}

// fish has a line for every word and flag, with the condition under which it fits.
func fish(program string, tree map[string]*node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Completion of %s. %s completion fish > ~/.config/fish/completions/%s.fish\n", program, program, program)
	for _, p := range paths(tree) {
		n, when := tree[p], condition(p, tree)
		for _, w := range n.list() {
			fmt.Fprintf(&b, "complete -c %s -n '%s' -a '%s' -d '%s'\n", program, when, w, n.words[w])
		}
		for _, f := range n.flags {
			fmt.Fprintf(&b, "complete -c %s -n '%s' -o '%s'\n", program, when, f)
		}
	}
	return b.String()
}

// condition: every word of the path was written, and none that could follow it.
func condition(path string, tree map[string]*node) string {
	var all []string
	for _, w := range strings.Fields(path) {
		all = append(all, "__fish_seen_subcommand_from "+w)
	}
	if words := tree[path].list(); len(words) > 0 {
		all = append(all, "not __fish_seen_subcommand_from "+strings.Join(words, " "))
	}
	if all == nil {
		return "true"
	}
	return strings.Join(all, "; and ")
}
