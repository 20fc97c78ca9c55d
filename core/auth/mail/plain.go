package mail

import (
	"strings"

	"golang.org/x/net/html"
)

// plainText gives what a page of HTML says without its looks: its text, a line for each block, a link's address behind its
// words; and the addresses of all links.
func plainText(page string) (text string, links []string) {
	p := plain{}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: the tokenizer takes any text
			return p.String(), p.links
		case html.TextToken:
			p.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			p.open(z.Token())
		case html.EndTagToken:
			p.close(z.Token().Data)
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

type plain struct {
	lines  []string
	line   strings.Builder
	links  []string
	href   string // of the link that is open
	hidden int    // how many elements are open whose text is not shown
}

func (p *plain) text(raw string) {
	if p.hidden > 0 {
		return
	}
	words := strings.Join(strings.Fields(html.UnescapeString(raw)), " ")
	if words == "" {
		return
	}
	if p.line.Len() > 0 {
		p.line.WriteByte(' ')
	}
	p.line.WriteString(words)
}

func (p *plain) open(t html.Token) {
	switch t.Data {
	case "style", "script", "head", "title":
		p.hidden++
	case "a":
		for _, a := range t.Attr {
			if a.Key == "href" && a.Val != "" {
				p.href = a.Val
				p.links = append(p.links, a.Val)
			}
		}
	default:
		if isBlock(t.Data) {
			p.end()
		}
	}
}

func (p *plain) close(name string) {
	switch name {
	case "style", "script", "head", "title":
		p.hidden = max(0, p.hidden-1)
	case "a":
		if p.href != "" && !strings.HasSuffix(p.line.String(), p.href) {
			p.text("(" + p.href + ")")
		}
		p.href = ""
	default:
		if isBlock(name) {
			p.end()
		}
	}
}

// isBlock reports whether an element stands on a line of its own.
func isBlock(name string) bool {
	switch name {
	case "p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote":
		return true
	}
	return false
}

// end ends a line.
func (p *plain) end() {
	if p.line.Len() > 0 {
		p.lines = append(p.lines, p.line.String())
		p.line.Reset()
	}
}

func (p *plain) String() string {
	p.end()
	return strings.Join(p.lines, "\n\n")
}
