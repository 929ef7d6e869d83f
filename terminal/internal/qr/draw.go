package qr

// masks are the conditions under which a module of data is turned (table 10), with
// column x and row y.
func masks() []func(x, y int) bool {
	return []func(x, y int) bool{
		func(x, y int) bool { return (x+y)%2 == 0 },
		func(_, y int) bool { return y%2 == 0 },
		func(x, _ int) bool { return x%3 == 0 },
		func(x, y int) bool { return (x+y)%3 == 0 },
		func(x, y int) bool { return (x/3+y/2)%2 == 0 },
		func(x, y int) bool { return x*y%2+x*y%3 == 0 },
		func(x, y int) bool { return (x*y%2+x*y%3)%2 == 0 },
		func(x, y int) bool { return ((x+y)%2+x*y%3)%2 == 0 },
	}
}

// canvas is a code that is being drawn; fixed modules are not data.
type canvas struct {
	Code
	fixed []bool
}

func draw(v version, words []byte, mask int) Code {
	n := v.size()
	c := canvas{Code{n, make([]bool, n*n)}, make([]bool, n*n)}
	c.timing()
	c.finders()
	c.alignments(v)
	c.format(mask)
	c.version(v)
	c.data(words, masks()[mask])
	return c.Code
}

func (c *canvas) set(x, y int, dark bool) {
	if x >= 0 && y >= 0 && x < c.Size && y < c.Size {
		c.dark[y*c.Size+x], c.fixed[y*c.Size+x] = dark, true
	}
}

func (c *canvas) timing() {
	for i := range c.Size {
		c.set(6, i, i%2 == 0)
		c.set(i, 6, i%2 == 0)
	}
}

// finders stand in three corners, each with a light border.
func (c *canvas) finders() {
	for _, at := range [][2]int{{3, 3}, {c.Size - 4, 3}, {3, c.Size - 4}} {
		c.rings(at[0], at[1], 4, 2, 4)
	}
	c.set(8, c.Size-8, true) // the dark module
}

// alignments stand where lines of centres cross, but not on finders.
func (c *canvas) alignments(v version) {
	last := len(v.alignment) - 1
	for i, x := range v.alignment {
		for j, y := range v.alignment {
			if (i == 0 && j == 0) || (i == 0 && j == last) || (i == last && j == 0) {
				continue
			}
			c.rings(x, y, 2, 1)
		}
	}
}

// rings draws a square of a radius whose rings are dark but for those given.
func (c *canvas) rings(cx, cy, radius int, light ...int) {
	for dy := -radius; dy <= radius; dy++ {
		for dx := -radius; dx <= radius; dx++ {
			dark, ring := true, max(dx, -dx, dy, -dy)
			for _, l := range light {
				dark = dark && ring != l
			}
			c.set(cx+dx, cy+dy, dark)
		}
	}
}

// format writes level and mask twice.
func (c *canvas) format(mask int) {
	word := formatWord(mask)
	bit := func(i int) bool { return word>>i&1 == 1 }
	for i := range 15 { // down beside and along below the first finder
		switch {
		case i < 6:
			c.set(8, i, bit(i))
		case i < 8:
			c.set(8, i+1, bit(i))
		case i == 8:
			c.set(7, 8, bit(i))
		default:
			c.set(14-i, 8, bit(i))
		}
		if i < 8 {
			c.set(c.Size-1-i, 8, bit(i))
		} else {
			c.set(8, c.Size-15+i, bit(i))
		}
	}
}

// formatWord is the format information of level M: BCH (15,5) under its mask.
func formatWord(mask int) int {
	const levelM, polynomial, pattern = 0b00, 0b10100110111, 0b101010000010010
	value := levelM<<3 | mask
	return (value<<10 | remainder(value<<10, polynomial, 10)) ^ pattern
}

// version writes the number of the version twice, from 7 on: BCH (18,6).
func (c *canvas) version(v version) {
	if v.number < 7 {
		return
	}
	word := versionWord(v.number)
	for i := range 18 {
		x, y := i/3, c.Size-11+i%3
		c.set(x, y, word>>i&1 == 1)
		c.set(y, x, word>>i&1 == 1)
	}
}

func versionWord(number int) int {
	const polynomial = 0b1111100100101
	return number<<12 | remainder(number<<12, polynomial, 12)
}

// remainder divides polynomials over two elements; degree is that of the divisor.
func remainder(value, by, degree int) int {
	for i := 30; i >= degree; i-- {
		if value>>i&1 == 1 {
			value ^= by << (i - degree)
		}
	}
	return value
}

// data fills what is free, two columns at a time from the right, up and down in turn;
// the column of timing counts as none.
func (c *canvas) data(words []byte, mask func(x, y int) bool) {
	i := 0
	for right := c.Size - 1; right > 0; right -= 2 {
		if right == 6 {
			right--
		}
		up := (right+1)&2 == 0
		for row := range c.Size {
			y := row
			if up {
				y = c.Size - 1 - row
			}
			for x := right; x > right-2; x-- {
				if c.fixed[y*c.Size+x] {
					continue
				}
				dark := i < 8*len(words) && words[i/8]>>(7-i%8)&1 == 1
				c.dark[y*c.Size+x] = dark != mask(x, y)
				i++
			}
		}
	}
}
