//go:build linux

package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/completion"
)

// complete is `strongroom completion SHELL`.
func complete(args []string, stdout, stderr io.Writer) error {
	if len(args) == 1 {
		if script, ok := completion.Write(args[0], "strongroom", commands()); ok {
			_, err := io.WriteString(stdout, script)
			return err
		}
	}
	fmt.Fprintln(stderr, "strongroom completion bash, zsh or fish")
	return errors.New("no such shell")
}

// commands are those that the usage names, so that there is no second list of them, with
// the flags that each names itself.
func commands() (list []completion.Command) {
	for line := range strings.Lines(usage) {
		rest, is := strings.CutPrefix(line, "  strongroom ")
		if !is {
			continue
		}
		words, text, _ := strings.Cut(strings.TrimSpace(rest), "  ")
		path, more, _ := strings.Cut(words, ", ")
		c := completion.Command{Path: pathOf(path), Help: strings.TrimSpace(text)}
		c.Flags = flagsOf(c.Path)
		list = append(list, c)
		if more != "" {
			list = append(list, completion.Command{Path: append(c.Path[:len(c.Path)-1:len(c.Path)-1], more), Help: c.Help, Flags: c.Flags})
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		list = append(list, completion.Command{Path: []string{"completion", shell}})
	}
	return list
}

// pathOf are the words before the first that is an argument or a flag.
func pathOf(s string) (path []string) {
	for _, w := range strings.Fields(s) {
		if strings.ToLower(w) != w || strings.ContainsAny(w[:1], "-[") {
			break
		}
		path = append(path, w)
	}
	return path
}

// flagsOf asks a command for its flags. It is given no time, so that one which did not
// understand would do nothing.
func flagsOf(path []string) (flags []string) {
	if len(path) == 0 || path[0] == "completion" {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out bytes.Buffer
	_ = Run(ctx, append(append([]string{}, path...), "-h"), io.Discard, &out) // its words are what is wanted
	for line := range strings.Lines(out.String()) {
		if name, is := strings.CutPrefix(line, "  -"); is && !strings.HasPrefix(name, "-") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
			name, _, _ = strings.Cut(name, "\t")
			flags = append(flags, name)
		}
	}
	return flags
}
