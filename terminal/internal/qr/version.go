package qr

// version is a row of ISO/IEC 18004, table 9, for level M: how many codewords a block
// has for correction, and how many blocks there are of how many codewords of data.
type version struct {
	number     int
	correction int
	blocks     [2]int // the second ones hold a codeword more
	length     int    // of the first ones
	alignment  []int  // centres, table E.1
}

func versions() []version {
	return []version{
		{1, 10, [2]int{1, 0}, 16, nil},
		{2, 16, [2]int{1, 0}, 28, []int{6, 18}},
		{3, 26, [2]int{1, 0}, 44, []int{6, 22}},
		{4, 18, [2]int{2, 0}, 32, []int{6, 26}},
		{5, 24, [2]int{2, 0}, 43, []int{6, 30}},
		{6, 16, [2]int{4, 0}, 27, []int{6, 34}},
		{7, 18, [2]int{4, 0}, 31, []int{6, 22, 38}},
		{8, 22, [2]int{2, 2}, 38, []int{6, 24, 42}},
		{9, 22, [2]int{3, 2}, 36, []int{6, 26, 46}},
		{10, 26, [2]int{4, 1}, 43, []int{6, 28, 50}},
		{11, 30, [2]int{1, 4}, 50, []int{6, 30, 54}},
		{12, 22, [2]int{6, 2}, 36, []int{6, 32, 58}},
	}
}

func (v version) size() int     { return 17 + 4*v.number }
func (v version) capacity() int { return v.blocks[0]*v.length + v.blocks[1]*(v.length+1) }

// header is how many bits stand before the bytes: mode and length (table 3).
func (v version) header() int {
	if v.number < 10 {
		return 4 + 8
	}
	return 4 + 16
}

// smallest is the first version that holds n bytes.
func smallest(n int) (version, bool) {
	for _, v := range versions() {
		if v.header()+8*n <= 8*v.capacity() {
			return v, true
		}
	}
	return version{}, false
}
