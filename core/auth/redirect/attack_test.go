package redirect_test

import (
	"fmt"
	"strings"
	"testing"
)

// attacks are the forms that public collections of open redirects (PayloadsAllTheThings, payloadbox, OWASP) try, with
// GOOD for a host that is allowed and EVIL for one that is not.
const attacks = `
EVIL
//EVIL
///EVIL
////EVIL
//EVIL/%2f..
///EVIL/%2f%2e%2e
//GOOD@EVIL
//GOOD@EVIL/%2f..
//EVIL%00.GOOD
/\EVIL
\/\/EVIL/
/\/EVIL
\\EVIL
//\EVIL
/%09/EVIL
/%5cEVIL
//%5cEVIL
/%0d/EVIL
/https://EVIL/
https:EVIL
https:/EVIL
https:///EVIL
https:////EVIL
https:\EVIL
https:\\EVIL
https:/\EVIL
https://EVIL
https://EVIL/GOOD
https://EVIL/https://GOOD/
https://EVIL?GOOD
https://EVIL?https://GOOD/
https://EVIL/?GOOD
https://EVIL#GOOD
https://EVIL#https://GOOD/
https://EVIL/#GOOD
https://EVIL;GOOD
https://EVIL&GOOD
https://EVIL&@GOOD
https://EVIL%23GOOD
https://EVIL%2fGOOD
https://EVIL%5cGOOD
https://EVIL%00GOOD
https://EVIL%E3%80%82GOOD
https://EVIL。GOOD
https://EVIL℀.GOOD
https://EVIL\GOOD
https://EVIL\.GOOD
https://EVIL\@GOOD
https://EVIL:443/GOOD
https://EVIL:80#@GOOD/
https://EVIL:80?@GOOD/
https://EVIL:@GOOD/
https://:@EVIL/
https://:@EVIL\@GOOD/
https://GOOD@EVIL
https://GOOD:443@EVIL/
https://GOOD:pass@EVIL/
https://GOOD%40EVIL
https://GOOD%00@EVIL/
https://GOOD\@EVIL/
https://GOOD\EVIL/
https://GOOD\.EVIL/
https://GOOD#@EVIL/\..
https://GOOD.EVIL
https://GOOD%2eEVIL
https://GOOD_EVIL
https://GOODEVIL
https://EVILGOOD
https://GOOD;@EVIL
https://GOOD;EVIL
https://GOOD,EVIL
https://GOOD%0aEVIL
https://GOOD%0d%0aEVIL
https://GOOD%20@EVIL
https://GOOD @EVIL
https:// GOOD
https://GOOD:x@EVIL:443
https://GOOD:443:443/
https://GOOD:/@EVIL\
https://[GOOD]
https://[GOOD]@EVIL
https://[EVIL]:GOOD
https://GOOD[@EVIL
https://%47OOD
https://ⓔⓥⓘⓛ.ⓔⓧⓐⓜⓟⓛⓔ
https://ɢᴏᴏᴅ.example
http://GOOD
http://GOOD/
ftp://GOOD/
ws://GOOD/
://GOOD/
%68%74%74%70%73%3a%2f%2fEVIL
http://%65vil.example
http://[::216.58.214.206]
http://[::ffff:216.58.214.206]
http://[::ffff:d83a:d6ce]
http://3627734734
http://0xd83ad6ce
http://0330.072.0326.0316
http://00330.00072.0000326.00000316
http://0xd8.0x3a.0xd6.0xce
http://0xd8.072.54990
http://0xd8.3856078
http://472.314.470.462
http:3627734734
http://169.254.169.254/latest/meta-data/
http://[fd00:ec2::254]/
http://localhost/
http://0/
http://127.1/
http://①②⑦.⓪.⓪.①/
javascript:alert(1)
javascript://GOOD/%0aalert(1)
javascript://GOOD?%a0alert(1)
javascript://https://GOOD/?z=%0Aalert(1)
jAvAsCrIpT:alert(1)
java%0d%0ascript%0d%0a:alert(0)
data:text/html;base64,PHNjcmlwdD4=
vbscript:msgbox(1)
<>//EVIL
〱EVIL
〵EVIL
ゝEVIL
/ーEVIL
/ｰEVIL
//EVIL\@GOOD
";alert(0);//`

func TestAttacks(t *testing.T) {
	const good, evil = "good.example", "evil.test"
	p := policy(t, "https://"+good, "https://*.list.example/**", "https://**.deep.example/**", "app://"+good+"/**")
	for _, text := range strings.Split(strings.TrimSpace(attacks), "\n") {
		// Each form is tried on the site, below both kinds of entries, and with characters that browsers skip.
		for _, host := range []string{good, "x.list.example", "x.deep.example"} {
			target := strings.NewReplacer("GOOD", host, "EVIL", evil).Replace(text)
			for _, skipped := range []string{"%s", " %s", "\t%s", "\x00%s", "%s\n", "\u00a0%s", "\ufeff%s"} {
				if tried := fmt.Sprintf(skipped, target); p.Allows(tried) {
					t.Errorf("Allows(%q)", tried)
				}
			}
		}
	}
}

// A target that is in order must not become another one by characters that browsers leave out.
func TestSkippedCharacters(t *testing.T) {
	p := policy(t, "https://site.example", "https://app.example/**", "myapp://**")
	for _, target := range []string{"https://site.example/a", "https://app.example/a", "myapp://a/b", "http://127.0.0.1/a"} {
		if !p.Allows(target) {
			t.Errorf("%q is not allowed as it is", target)
		}
		for at := range len(target) + 1 {
			for _, c := range []string{"\x00", "\t", "\n", "\r", "\x0b", "\x1b", "\x7f", " ", `\`, "\xff"} {
				if tried := target[:at] + c + target[at:]; p.Allows(tried) {
					t.Errorf("Allows(%q)", tried)
				}
			}
		}
	}
}
