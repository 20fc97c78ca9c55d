package totp

import (
	"errors"
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

const (
	border = 4 // modules of white around a QR code, without which readers do not find it (ISO/IEC 18004)
	scale  = 3 // pixels of a module, as in GoTrue's pictures
)

// ErrTooLong is the error of a text that no QR code can hold.
var ErrTooLong = errors.New("the text is too long for a QR code")

// longest is how many bytes the largest QR code holds at the level M (ISO/IEC 18004, table 7).
const longest = 2331

// Picture draws a QR code of a text as SVG. There is no # and no % in it, so that it can stand in a data: URL as it is, which is
// what auth-js makes of it.
func Picture(text string) (string, error) {
	if len(text) > longest {
		return "", ErrTooLong
	}
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("making a QR code: %w", err)
	}
	modules := code.Bounds().Dx()
	side := modules + 2*border
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[1]d" viewBox="0 0 %[2]d %[2]d" shape-rendering="crispEdges">`, side*scale, side)
	fmt.Fprintf(&b, `<path fill="white" d="M0 0h%[1]dv%[1]dH0z"/><path fill="black" d="`, side)
	for y := range modules {
		writeRow(&b, code, y)
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

// writeRow draws the black modules of a row, each run of them as one rectangle.
func writeRow(b *strings.Builder, code barcode.Barcode, y int) {
	modules := code.Bounds().Dx()
	for x := 0; x < modules; x++ {
		run := 0
		for x+run < modules && code.At(x+run, y) == color.Black {
			run++
		}
		if run > 0 {
			fmt.Fprintf(b, "M%d %dh%dv1h-%dz", x+border, y+border, run, run)
			x += run
		}
	}
}
