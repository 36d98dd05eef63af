"""Programs that search in files and for files."""

from typing import Final

TABLE: Final = r"""
grep,egrep,fgrep: read via=grep | p r*
 -EFGPivwxclLnHhosqbzZTaIUuyV -r,--recursive!tree -R,--dereference-recursive!tree!follow -e,--regexp=p -f,--file=P
 -m,--max-count= -A,--after-context= -B,--before-context= -C,--context= -d,--directories= -D,--devices= -# --include=
 --exclude= --exclude-from=r --exclude-dir= --color? --colour? --label= --line-buffered --binary-files=
 --extended-regexp --fixed-strings --basic-regexp --perl-regexp --ignore-case --no-ignore-case --invert-match
 --word-regexp --line-regexp --count --files-without-match --files-with-matches --only-matching --quiet --silent
 --no-messages --byte-offset --with-filename --no-filename --line-number --initial-tab --null --null-data --text
 --unix-byte-offsets --group-separator= --no-group-separator
zgrep,bzgrep,xzgrep: read | p r*
 -EFivwclLnHhosq -e=p -A= -B= -C= -m=
zcat,bzcat,xzcat,zstdcat: read | r*
 -fq
rg: read via=rg | p r*
 -abcHIilLnNopPqsSuUvwxz0Fh -.,--hidden -e,--regexp=p -f,--file=P -A,--after-context= -B,--before-context=
 -C,--context= -E,--encoding= -g,--glob= -j,--threads= -m,--max-count= -M,--max-columns= -r,--replace= -t,--type=
 -T,--type-not= -d,--max-depth= --iglob= --sort= --sortr= --color= --colors= --context-separator=
 --field-context-separator= --field-match-separator= --path-separator= --max-filesize= --dfa-size-limit=
 --regex-size-limit= --engine= --type-add= --type-clear= --type-list --files --text --byte-offset --case-sensitive
 --column --count --count-matches --crlf --fixed-strings --files-with-matches --files-without-match
 --glob-case-insensitive --heading --no-heading --ignore-case --ignore-file=r --ignore-file-case-insensitive
 --include-zero --invert-match --json --line-buffered --line-number --no-line-number --line-regexp
 --max-columns-preview --mmap --multiline --multiline-dotall --no-config --no-filename --with-filename --no-ignore
 --no-ignore-dot --no-ignore-exclude --no-ignore-files --no-ignore-global --no-ignore-messages --no-ignore-parent
 --no-ignore-vcs --no-messages --no-mmap --no-pcre2-unicode --no-require-git --no-unicode --null --null-data
 --one-file-system --only-matching --passthru --pcre2 --pretty -p --quiet --smart-case --stats --stop-on-nonmatch
 --trim --unrestricted --vimgrep --word-regexp --block-buffered -L,--follow!tree!follow -z,--search-zip!exec --pre=e
 --pre-glob= --hostname-bin=e --hyperlink-format= --debug --trace --auto-hybrid-regex --no-hidden --binary
 --no-binary
ag: read via=rg | p r*
 -acDfgGHilLnoQrRsSuUvwz0 --python --js --ts --nocolor --nogroup --hidden -A? -B? -C? -m= --ignore= --ignore-dir= -G=
 --depth= --stats --pager=e -f!ask
ack: read via=rg | p r*
 -cfghHilLnoQrRsvwx -A? -B? -C? -m= --nocolor --nogroup --type= --ignore-dir= --ignore-file= --python --js --pager=e
find: read via=find raw | t*
fd,fdfind: read via=fd | p l*
 -HIuFaipsg0l1q -e,--extension= -t,--type= -E,--exclude= -d,--max-depth= -c,--color= -j,--threads= -S,--size=
 -o,--owner= --min-depth= --exact-depth= --changed-within= --changed-before= --max-results= --hidden --no-ignore
 --unrestricted --no-ignore-vcs --glob --regex --fixed-strings --absolute-path --full-path -p --print0 --quiet
 --case-sensitive --ignore-case --one-file-system --strip-cwd-prefix? --base-directory=C --search-path=l --and=
 --path-separator= --format= --show-errors --prune -L,--follow!ask --list-details!exec -x,--exec=c!exec
 -X,--exec-batch=c!exec --ignore-file=r -l!exec
which,whereis: read | t*
 -abms --all
locate,mlocate,plocate: read ask | t*
"""
