package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// inner are measurements that only the kernel's own packages can make: their
// benchmarks, asked by name. Where one has a pair, both are of the same run.
func inner() []struct {
	name, unit, folder, pattern string
	value, baseline             string // as the benchmark prints them
} {
	return []struct {
		name, unit, folder, pattern string
		value, baseline             string
	}{
		{"AES-256-GCM of 1 KiB by a trusted application, against in-process", "1/s", "./secureworld/kernel/internal/services", "BenchmarkSealKiB", "SealKiB/application", "SealKiB/primitive"},
		{"AES-256-GCM of 1 KiB in the kernel by a handle, against in-process", "1/s", "./secureworld/kernel/internal/services", "BenchmarkSealKiB", "SealKiB/session", "SealKiB/primitive"},
		{"instance of an application started, called and ended, against a call alone", "µs", "./secureworld/kernel/internal/tahost", "Benchmark(AcquireCallClose|Call)$", "AcquireCallClose", "Call"},
	}
}

// measureInner needs the sources and the Go tool, which `make bench` has.
func measureInner(ctx context.Context) ([]Row, error) {
	var rows []Row
	printed := map[string]map[string]float64{} // nanoseconds by folder and name
	for _, m := range inner() {
		if printed[m.folder] == nil {
			all, err := benchmarks(ctx, m.folder, m.pattern)
			if err != nil {
				return nil, err
			}
			printed[m.folder] = all
		}
		value, baseline := printed[m.folder][m.value], printed[m.folder][m.baseline]
		if value == 0 || baseline == 0 {
			return nil, fmt.Errorf("%s: %s or %s was not measured", m.folder, m.value, m.baseline)
		}
		if m.unit == "1/s" {
			value, baseline = float64(time.Second)/value, float64(time.Second)/baseline
		} else {
			value, baseline = value/float64(time.Microsecond), baseline/float64(time.Microsecond)
		}
		rows = append(rows, row(m.name, m.unit, value, baseline))
	}
	return rows, nil
}

// benchmarks runs those of a folder and returns nanoseconds for each.
func benchmarks(ctx context.Context, folder, pattern string) (map[string]float64, error) {
	c := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", "500ms", folder)
	out, err := c.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("benchmarks of %s: %w: %s", folder, err, out)
	}
	line := regexp.MustCompile(`(?m)^Benchmark([^\s-]+)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)
	all := map[string]float64{}
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		if all[m[1]], err = strconv.ParseFloat(m[2], 64); err != nil {
			return nil, err
		}
	}
	return all, nil
}
