package qr

// penalty is how hard a code is to read (table 11).
func (c Code) penalty() int {
	total := c.blocks() + c.balance()
	for i := range c.Size {
		row, column := make([]bool, c.Size), make([]bool, c.Size)
		for j := range c.Size {
			row[j], column[j] = c.Dark(j, i), c.Dark(i, j)
		}
		total += line(row) + line(column)
	}
	return total
}

// line counts runs of five and more of one colour, and what looks like a finder.
func line(l []bool) int {
	total, run := 0, 0
	for i := range l {
		if i > 0 && l[i] != l[i-1] {
			run = 0
		}
		run++
		switch {
		case run == 5:
			total += 3
		case run > 5:
			total++
		}
		total += 40 * (looks(l, i, "10111010000") + looks(l, i, "00001011101"))
	}
	return total
}

func looks(l []bool, at int, like string) int {
	if at+len(like) > len(l) {
		return 0
	}
	for i, c := range like {
		if l[at+i] != (c == '1') {
			return 0
		}
	}
	return 1
}

// blocks counts squares of two by two of one colour.
func (c Code) blocks() int {
	total := 0
	for y := range c.Size - 1 {
		for x := range c.Size - 1 {
			d := c.Dark(x, y)
			if d == c.Dark(x+1, y) && d == c.Dark(x, y+1) && d == c.Dark(x+1, y+1) {
				total += 3
			}
		}
	}
	return total
}

// balance counts every 5 % that dark and light modules are off from half.
func (c Code) balance() int {
	dark := 0
	for _, d := range c.dark {
		if d {
			dark++
		}
	}
	off := dark*20 - len(c.dark)*10
	return max(off, -off) / len(c.dark) * 10
}
