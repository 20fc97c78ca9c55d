package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// The measures of the plot, in pixels.
const (
	plotLeft   = 120 // the names of the operations
	plotWidth  = 560 // a share of 1
	plotTop    = 40
	plotRight  = 60
	barHeight  = 14
	groupSpace = 12
)

// plotColours tell the targets apart. There are as many targets as colours, or colours come up again.
var plotColours = [...]string{"#2f6f4f", "#c46a2b", "#4a6fa5", "#8a5a9e", "#a03d4d"}

// svg draws each target's share of the floor's speed as a bar, operation by operation. The floor itself is the line at 1.
func (r *results) svg() []byte {
	shown := r.plotted()
	group := len(shown)*barHeight + groupSpace
	height := plotTop + len(r.operations)*group + 30
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n",
		plotLeft+plotWidth+plotRight, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	r.legend(&b, shown)
	r.grid(&b, height-30)
	for i, o := range r.operations {
		y := plotTop + i*group + groupSpace/2
		label(&b, plotLeft-8, y+len(shown)*barHeight/2+4, "end", o.name)
		for n, place := range shown {
			r.bar(&b, y+n*barHeight, plotColours[n%len(plotColours)], r.figures[i][place].share())
		}
		if o.goal > 0 {
			x := plotLeft + int(o.goal*plotWidth)
			fmt.Fprintf(&b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="black" stroke-width="2"/>`+"\n",
				x, y-2, x, y+len(shown)*barHeight)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// plotted are the places of the targets that have bars: all but the floors.
func (r *results) plotted() []int {
	var shown []int
	for i, t := range r.targets {
		if !t.floor {
			shown = append(shown, i)
		}
	}
	return shown
}

func (r *results) legend(b *bytes.Buffer, shown []int) {
	x := plotLeft
	for n, place := range shown {
		fmt.Fprintf(b, `<rect x="%d" y="10" width="12" height="12" fill="%s"/>`+"\n", x, plotColours[n%len(plotColours)])
		label(b, x+18, 20, "start", r.targets[place].name)
		x += 120
	}
	label(b, plotLeft+plotWidth, 20, "end", "share of the floor's speed; black: the goal")
}

// grid draws a line at each fifth of the floor's speed.
func (r *results) grid(b *bytes.Buffer, bottom int) {
	for fifth := range 6 {
		x := plotLeft + fifth*plotWidth/5
		fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#cccccc"/>`+"\n", x, plotTop, x, bottom)
		label(b, x, bottom+16, "middle", fmt.Sprintf("%.1f", float64(fifth)/5))
	}
}

func (r *results) bar(b *bytes.Buffer, y int, colour string, share float64) {
	width := min(int(share*plotWidth), plotWidth+plotRight/2)
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", plotLeft, y, width, barHeight-2, colour)
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="white">%.2f</text>`+"\n", plotLeft+6, y+barHeight-3, share)
}

func label(b *bytes.Buffer, x, y int, anchor, text string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="%s">`, x, y, anchor)
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
	b.WriteString("</text>\n")
}
