//go:build linux

package scraper

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unswept names the processes below this one that are no targets. pcscd and the
// card tray, which is this program again, are the card's side.
func unswept(t *testing.T, targets []target) []string {
	t.Helper()
	own, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, pid := range descendants(t) {
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil || exe == own || filepath.Base(exe) == "pcscd" {
			continue // ended meanwhile, or the card's side
		}
		if !slices.ContainsFunc(targets, func(t target) bool { return t.pid() == pid }) {
			left = append(left, filepath.Base(exe))
		}
	}
	return left
}

// descendants are all processes that this one or a descendant of it started.
func descendants(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			children[parent(pid)] = append(children[parent(pid)], pid)
		}
	}
	all := children[os.Getpid()]
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// parent is field 4 of /proc/PID/stat, behind the name in parentheses.
func parent(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(fields[1])
	return n
}
