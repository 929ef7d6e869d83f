package qr

import (
	"fmt"
	"strings"
)

// quiet is the light border that a reader needs, in modules.
const quiet = 4

// SVG is a picture of the code with its quiet zone, dark on white whatever stands
// around it.
func (c Code) SVG() string {
	n := c.Size + 2*quiet
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, n, n)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, n, n)
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			from := x
			for c.Dark(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>` + "\n")
	return b.String()
}

// Text draws two rows in one line of block characters. Light modules are drawn, as a
// console is dark; two are enough for the quiet zone there.
func (c Code) Text() string {
	const border = 2
	var b strings.Builder
	for y := -border; y < c.Size+border; y += 2 {
		for x := -border; x < c.Size+border; x++ {
			b.WriteString([]string{"█", "▀", "▄", " "}[index(c.Dark(x, y), c.Dark(x, y+1))])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func index(upper, lower bool) int {
	i := 0
	if upper {
		i += 2
	}
	if lower {
		i++
	}
	return i
}
