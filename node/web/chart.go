package web

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// chart is a picture that the server draws. The template gives it a title and a
// description; the table beside it has the same figures.
type chart struct {
	Title, Description string
	Width, Height      int
	// Marks are the elements of the picture, escaped.
	Marks template.HTML
}

// drawing gathers elements of SVG.
type drawing struct{ strings.Builder }

func (d *drawing) rect(class string, x, y, width, height int) {
	fmt.Fprintf(d, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="2"/>`, class, x, y, width, height)
}

func (d *drawing) text(class string, x, y int, s string) {
	fmt.Fprintf(d, `<text class="%s" x="%d" y="%d">%s</text>`, class, x, y, template.HTMLEscapeString(s))
}

func (d *drawing) textFrom(end string, class string, x, y int, s string) {
	fmt.Fprintf(d, `<text class="%s" text-anchor="%s" x="%d" y="%d">%s</text>`, class, end, x, y, template.HTMLEscapeString(s))
}

func (d *drawing) line(class string, x1, y1, x2, y2 int) {
	fmt.Fprintf(d, `<line class="%s" x1="%d" y1="%d" x2="%d" y2="%d"/>`, class, x1, y1, x2, y2)
}

func (d *drawing) dot(class string, x, y int) {
	fmt.Fprintf(d, `<circle class="%s" cx="%d" cy="%d" r="8"/>`, class, x, y)
}

func (d *drawing) marks() template.HTML {
	return template.HTML(d.String()) //nolint:gosec // every text of it was escaped
}

// The measures of a picture with bars, in pixels of its own.
const (
	chartWidth = 640
	barRow     = 46
	barHeight  = 14
	barMost    = 10
	// labelLength is how many characters of a label fit.
	labelLength = 58
)

// barsOf draws the most frequent answers to a question, and how many have none.
func barsOf(w *words, name string, total int, axis api.Axis) chart {
	var d drawing
	counts := axis.Counts[:min(len(axis.Counts), barMost)]
	most := axis.Missing
	for _, c := range counts {
		most = max(most, c.N)
	}
	y := 0
	bar := func(class, label string, n int) {
		d.text("", 0, y+16, clip(label, labelLength))
		d.textFrom("end", "quiet", chartWidth, y+16, w.Number(n))
		d.rect("rest", 0, y+23, chartWidth, barHeight)
		if most > 0 && n > 0 {
			d.rect(class, 0, y+23, max(chartWidth*n/most, 2), barHeight)
		}
		y += barRow
	}
	for _, c := range counts {
		bar("bar", labelOf(c), c.N)
	}
	if axis.Missing > 0 {
		bar("missing", w.T("summary.missing"), axis.Missing)
	}
	return chart{
		Title: name, Description: w.N("summary.chart", total, "Axis", name), Width: chartWidth, Height: max(y, 1), Marks: d.marks(),
	}
}

func labelOf(c api.AxisCount) string {
	if c.Label != "" {
		return c.Label
	}
	return c.Value
}

// The measures of a picture of a path.
const (
	pathLeft = 150
	pathLane = 64
	pathStep = 70
	pathMost = 24
)

// pathOf draws the steps of a place through the four methods: a lane each, from
// left to right in the order in which they began.
func pathOf(w *words, p api.Path) chart {
	var d drawing
	steps := p.Steps
	if len(steps) > pathMost {
		steps = steps[len(steps)-pathMost:]
	}
	width := max(pathLeft+pathStep*len(steps), 480)
	lanes := map[string]int{}
	for i, m := range record.Methods {
		// The one that hands over most is at the top.
		y := (len(record.Methods)-1-i)*pathLane + 30
		lanes[m.Code] = y
		d.line("lane", pathLeft-30, y, width, y)
		for j, part := range wrapLabel(m.Label) {
			d.text("", 0, y-4+18*j, part)
		}
	}
	last := map[string][2]int{}
	for i := range steps {
		step := &steps[i]
		x, y := pathLeft+pathStep*i, lanes[step.Method]
		if step.After != nil {
			if from, ok := last[step.After.String()]; ok {
				fmt.Fprintf(&d, `<path class="move" d="M%d %d C %d %d %d %d %d %d"/>`, from[0], from[1], (from[0]+x)/2, from[1], (from[0]+x)/2, y, x, y)
			}
		}
		last[step.ID.String()] = [2]int{x, y}
	}
	for i := range steps {
		step := &steps[i]
		class := "dot"
		if step.Reported {
			class = "dot dot--told"
		}
		x := pathLeft + pathStep*i
		d.dot(class, x, lanes[step.Method])
		d.textFrom("middle", "quiet", x, len(record.Methods)*pathLane+16, yearOf(step))
	}
	return chart{
		Title: w.T("path.chart"), Description: w.N("path.description", len(steps)),
		Width: width, Height: len(record.Methods)*pathLane + 26, Marks: d.marks(),
	}
}

func yearOf(step *api.PathStep) string {
	if step.From.IsZero() {
		return ""
	}
	s := step.From.String()
	return s[:min(len(s), 4)]
}

// wrapLabel breaks a label of two words into two lines.
func wrapLabel(s string) []string {
	if first, rest, ok := strings.Cut(s, " "); ok {
		return []string{first, rest}
	}
	return []string{s}
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
