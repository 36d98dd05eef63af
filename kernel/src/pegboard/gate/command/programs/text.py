"""Programs that sort, cut, compare, convert and compute on text."""

from typing import Final

TABLE: Final = r"""
sort: read | r*
 -bdfgiMhnRrVcCmsuz -k,--key= -t,--field-separator= -S,--buffer-size= -T,--temporary-directory=w -o,--output=w
 --parallel= --batch-size= --sort= --check? --ignore-leading-blanks --dictionary-order --ignore-case
 --general-numeric-sort --ignore-nonprinting --month-sort --human-numeric-sort --numeric-sort --random-sort
 --random-source=r --reverse --version-sort --merge --stable --unique --zero-terminated --debug --compress-program=e
 --files0-from=t!outside
uniq: read | r w
 -cdDiuz -f,--skip-fields= -s,--skip-chars= -w,--check-chars= --count --repeated --all-repeated? --group?
 --ignore-case --unique --zero-terminated
cut: read | r*
 -nsz -b,--bytes= -c,--characters= -d,--delimiter= -f,--fields= --complement --only-delimited --output-delimiter=
 --zero-terminated
paste: read | r*
 -sz -d,--delimiters= --serial --zero-terminated
join: read | r r
 -iz -a= -e= -1= -2= -j= -o= -t= -v= --check-order --nocheck-order --header --ignore-case
comm: read | r r
 -123z --check-order --nocheck-order --output-delimiter= --total --zero-terminated
tr: none | t*
 -cCdst --complement --delete --squeeze-repeats --truncate-set1
rev: read | r*
expand,unexpand: read | r*
 -ai -t,--tabs= --initial --all --first-only
fold: read | r*
 -bs -w,--width= --bytes --spaces --characters -c
fmt: read | r*
 -cstu -w,--width= -g,--goal= -p,--prefix= --crown-margin --split-only --tagged-paragraph --uniform-spacing -#
column: read | r*
 -tnexRL -s,--separator= -o,--output-separator= -c,--output-width= -N,--table-columns= -R,--table-right=
 -H,--table-hide= -n,--table-name= -J,--json --table -x,--fillrows -l,--table-columns-limit=
pr: read | r*
 -abcdFfJmrtTv -h= -l= -n? -o= -w= -W= -#
od: read | r*
 -abcdfiloxvsBDFHIOhelLX -A,--address-radix= -j,--skip-bytes= -N,--read-bytes= -t,--format= -S= --strings?
 -w,--width~ --output-duplicates --traditional --endian=
hexdump,hd: read | r*
 -bcdoxvC -X -e,--format= -f,--format-file=r -n,--length= -s,--skip= --canonical --no-squeezing --one-byte-octal
xxd: read | r w
 -abeEiuprCR -c,--cols= -g= -l,--len= -o= -s,--seek= --plain --bits --uppercase
strings: read | r*
 -af -n= -t= -e= -o -w -d -s= -T= --all --print-file-name --bytes= --radix= --encoding= -#
base64,base32,basenc: read | r*
 -di -w,--wrap= --decode --ignore-garbage --base64 --base64url --base32 --base16
md5sum,sha1sum,sha224sum,sha256sum,sha384sum,sha512sum,b2sum,shasum,cksum,sum: read | r*
 -btz -a,--algorithm= -c,--check!outside --tag --text --binary --quiet --status --strict -w,--warn --ignore-missing
 --zero -l,--length= -rs
shuf: read | r*
 -erz -n,--head-count= -i,--input-range= -o,--output=w --echo --repeat --random-source=r --zero-terminated
tsort,factor: read | r*
seq: none raw | t*
numfmt: none | t*
 -d,--delimiter= --from= --to= --field= --format= --grouping --header? --invalid= --padding= --round= --suffix=
 --from-unit= --to-unit= -z
expr: none raw | t*
bc: read | r*
 -lqsw --mathlib --quiet
diff: read | R R
 -qsyiEZbwBaTlpNdrecnut -u,--unified~ -U= -c,--context~ -C= -r,--recursive!tree -W,--width= -x,--exclude=
 -X,--exclude-from=r -I,--ignore-matching-lines= -F,--show-function-line= -L,--label= -D,--ifdef= -S,--starting-file=
 --brief --report-identical-files --normal --side-by-side --left-column --suppress-common-lines --show-c-function
 --expand-tabs --initial-tab --tabsize= --suppress-blank-empty --ignore-file-name-case --new-file
 --unidirectional-new-file --ignore-case --ignore-tab-expansion --ignore-trailing-space --ignore-space-change
 --ignore-all-space --ignore-blank-lines --strip-trailing-cr --text --minimal --horizon-lines= --speed-large-files
 --color? --palette= --no-dereference --from-file=R --to-file=R --ed --rcs --old-line-format= --new-line-format=
 --unchanged-line-format= --line-format= --paginate!exec -l!exec
colordiff,wdiff,diff3: read | r*
 -uwbBq -n --unified? --color?
sdiff: read | r r
 -aislwWbBdEHtZ -w,--width= -I= -o,--output=w --diff-program=e
cmp: read | r r t t
 -bls -i,--ignore-initial= -n,--bytes= --print-bytes --verbose --quiet --silent
delta,difft: read | r r
 -ns --side-by-side --line-numbers --dark --light --color= --display=
patch: write ask | w r
sed,gsed: read via=sed | t*
 -nErsuzb -e,--expression=p -f,--file=P!code -i,--in-place?S!write -l,--line-length= --quiet --silent
 --regexp-extended --separate --unbuffered --null-data --posix --debug --sandbox --follow-symlinks!ask --binary
awk,mawk,gawk,nawk: read posix via=awk | p r*
 -F,--field-separator= -v,--assign= -f,--file=P!code -S,--sandbox -P,--posix -r,--re-interval
 -b,--characters-as-bytes -e,--source=p!code -i,--include=e -l,--load=e -E,--exec=e -o,--pretty-print?!write
 -p,--profile?!write -d,--dump-variables?!write -D,--debug?!exec -c,--traditional -n,--non-decimal-data -O,--optimize
 -s,--no-optimize -t,--lint-old -L,--lint? -k,--csv
jq,gojq,jaq: read via=jq | p r*
 -rcnesSCMajR --raw-output --compact-output --null-input --exit-status --slurp --sort-keys --color-output
 --monochrome-output --ascii-output --join-output --raw-input --raw-output0 --tab --indent= --unbuffered --stream
 --stream-errors --seq --ascii --arg=tt --argjson=tt --slurpfile=tr!ask --rawfile=tr!ask --args --jsonargs
 -f,--from-file=P!code -L,--library-path=t!code
yq: read via=yq | t*
 -PrjCMNe0ncSyYt -s!write -i,--inplace,--in-place!write -o,--output-format= -p,--input-format= -I,--indent=
 --null-input --raw-output --prettyPrint --no-colors --colors --no-doc --exit-status --unwrapScalar?
 --header-preprocess? --compact-output --slurp --front-matter= --xml-attribute-prefix= --from-file=P!code
 --split-exp=!write -f=
xmllint: read ask | r*
 --noout --format --xpath=
iconv: read | r*
 -cs -f,--from-code= -t,--to-code= -l,--list -o,--output=w
dos2unix,unix2dos: write | w*
 -kq
msgfmt: read | r*
 -cv -o,--output-file=w
envsubst: secret
cloc,tokei,scc: read | R*
 --by-file --json --csv --quiet --include-lang= --exclude-dir= --vcs= -f,--files -e,--exclude= -s,--sort= -t,--type=
 -o,--output=w
"""
