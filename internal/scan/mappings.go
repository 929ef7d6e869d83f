package scan

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// mapping is one line of /proc/PID/maps, see proc_pid_maps(5).
type mapping struct {
	start, end uint64
	perms      string // such as "rw-p"
	inode      uint64
	path       string
}

// readMappings lists the mappings of a process. It is empty once the process
// has ended but was not waited for.
func readMappings(pid int) ([]mapping, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []mapping
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		m, err := parseMapping(lines.Text())
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, lines.Err()
}

// parseMapping reads "start-end perms offset device inode path".
func parseMapping(line string) (mapping, error) {
	fields := strings.Fields(line)
	if len(fields) < 5 {
		return mapping{}, fmt.Errorf("mapping has %d fields, not five or more", len(fields))
	}
	low, high, _ := strings.Cut(fields[0], "-")
	start, err1 := strconv.ParseUint(low, 16, 64)
	end, err2 := strconv.ParseUint(high, 16, 64)
	inode, err3 := strconv.ParseUint(fields[4], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || end < start {
		return mapping{}, fmt.Errorf("mapping has an unreadable number")
	}
	return mapping{start, end, fields[1], inode, strings.Join(fields[5:], " ")}, nil
}

// name is what a report calls the mapping.
func (m mapping) name() string {
	if m.path == "" {
		return "anonymous " + m.perms
	}
	return m.path + " " + m.perms
}

// ofMachine tells whether the mapping belongs to the system, which puts the
// same few pages into every process.
func (m mapping) ofMachine() bool {
	return strings.HasPrefix(m.path, "[vvar") || m.path == "[vsyscall]"
}
