package secretmem

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// sizes are those of every arena and then of the key pool.
func (c Config) sizes() []int {
	sizes := slices.Repeat([]int{int(c.ArenaPages) * PageBytes}, c.Arenas)
	return append(sizes, roundUp(c.KeyBytes, os.Getpagesize()))
}

// smallSizes are those of the smaller arenas.
func (c Config) smallSizes() []int {
	return slices.Repeat([]int{int(c.SmallPages) * PageBytes}, c.Small)
}

// mapRegions makes one region of each size, of secret memory. When the machine
// refuses that for any of them, all of them are made of locked memory, so that one
// word describes them all.
func mapRegions(sizes []int) ([][]byte, Protection, error) {
	regions, why := mapAll(sizes, mapSecret)
	if why == nil {
		return regions, Protection{Kind: KindSecret}, nil
	}
	regions, err := mapAll(sizes, mapGuarded)
	if err != nil {
		return nil, Protection{}, fmt.Errorf("map memory for trusted applications: %w", err)
	}
	return regions, lockAll(regions, why), nil
}

// mapAll makes every region, or undoes what it made.
func mapAll(sizes []int, mapOne func(size int) ([]byte, error)) ([][]byte, error) {
	var regions [][]byte
	for _, size := range sizes {
		region, err := mapOne(size)
		if err != nil {
			unmapAll(regions)
			return nil, err
		}
		regions = append(regions, region)
	}
	return regions, nil
}

func unmapAll(regions [][]byte) {
	for _, region := range regions {
		_ = unix.Munmap(region)
	}
}

// mapSecret maps memory that only this process's page tables reach. A child
// made by fork would share it, hence MADV_DONTFORK.
func mapSecret(size int) ([]byte, error) {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_secret: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, fmt.Errorf("size secret memory: %w", err)
	}
	region, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map secret memory: %w", err)
	}
	if err := unix.Madvise(region, unix.MADV_DONTFORK); err != nil {
		_ = unix.Munmap(region)
		return nil, fmt.Errorf("keep secret memory from children: %w", err)
	}
	return region, nil
}

// mapGuarded maps ordinary memory between two pages that nobody may touch.
func mapGuarded(size int) ([]byte, error) {
	page := os.Getpagesize()
	whole, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	region := whole[page : page+size : page+size]
	if err := openGuarded(region); err != nil {
		_ = unix.Munmap(whole)
		return nil, err
	}
	return region, nil
}

func openGuarded(region []byte) error {
	if err := unix.Mprotect(region, unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return fmt.Errorf("open memory between guards: %w", err)
	}
	if err := unix.Madvise(region, unix.MADV_DONTDUMP); err != nil {
		return fmt.Errorf("keep memory out of dumps: %w", err)
	}
	if err := unix.Madvise(region, unix.MADV_WIPEONFORK); err != nil {
		return fmt.Errorf("wipe memory on fork: %w", err)
	}
	return nil
}

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// exemptFromLockLimit tells whether uid 0 is the machine's root: inside a user
// namespace RLIMIT_MEMLOCK holds for uid 0 too. The probe asks for one byte
// above the limit and gives it back.
func exemptFromLockLimit() bool {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return false
	}
	if limit.Cur > 256<<20 {
		return true
	}
	region, err := mapSecret(roundUp(int(limit.Cur)+1, os.Getpagesize()))
	if err != nil {
		return false
	}
	_ = unix.Munmap(region)
	return true
}
