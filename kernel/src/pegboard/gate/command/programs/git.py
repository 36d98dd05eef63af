"""git and what is named like it."""

from typing import Final

TABLE: Final = r"""
git: sub wide=read
 -P,--no-pager --no-optional-locks --literal-pathspecs --icase-pathspecs --glob-pathspecs --noglob-pathspecs
 --no-replace-objects --version -v -C=C!ask -c=k --config-env=k --exec-path?e -p,--paginate!exec --git-dir=C!ask
 --work-tree=C!ask --namespace=t!ask --super-prefix=t!ask --bare!ask --attr-source=t!ask --html-path --man-path
 --info-path --help!exec
@diff:
 -p,-u,--patch -s,--no-patch -U,--unified? --raw --patch-with-raw --minimal --patience --histogram --anchored=
 --diff-algorithm= --stat? --numstat --shortstat --dirstat? --cumulative --summary --patch-with-stat -z --name-only
 --name-status --submodule? --color? --no-color --color-moved? --no-color-moved --color-words? --word-diff?
 --word-diff-regex= --no-renames --check --rename-empty --full-index --binary --abbrev? -B,--break-rewrites?
 -M,--find-renames? -C,--find-copies? --find-copies-harder -D,--irreversible-delete -l= --diff-filter= -S= -G=
 --find-object= --pickaxe-all --pickaxe-regex -O=r --skip-to= --rotate-to= -R --relative? --no-relative -a,--text
 --ignore-cr-at-eol --ignore-space-at-eol -b,--ignore-space-change -w,--ignore-all-space --ignore-blank-lines
 -I,--ignore-matching-lines= --inter-hunk-context= -W,--function-context --exit-code --quiet --no-ext-diff
 --no-textconv --ignore-submodules? --src-prefix= --dst-prefix= --no-prefix --default-prefix --line-prefix=
 --ita-invisible-in-index --compact-summary --indent-heuristic --no-indent-heuristic --ws-error-highlight=
 --merge-base --output-indicator-new= --output-indicator-old= --output-indicator-context= --output=w --ext-diff!exec
 --textconv!exec --no-index!ask -c --cc --combined-all-paths -m -t -r --diff-merges= --no-diff-merges --remerge-diff
 --dd
@revs:
 -n,--max-count= -# --skip= --since,--after= --until,--before= --since-as-filter= --author= --committer= --grep=
 --grep-reflog= --all-match --invert-grep -i,--regexp-ignore-case -E,--extended-regexp -F,--fixed-strings
 --basic-regexp --perl-regexp --merges --no-merges --min-parents= --max-parents= --no-min-parents --no-max-parents
 --first-parent --exclude-first-parent-only --not --all --branches? --tags? --remotes? --glob= --exclude=
 --exclude-hidden= --reflog --alternate-refs --single-worktree --ignore-missing --bisect --cherry-mark --cherry-pick
 --left-only --right-only --cherry -g,--walk-reflogs --merge --boundary --simplify-by-decoration --show-pulls
 --full-history --dense --sparse --simplify-merges --ancestry-path? --date-order --author-date-order --topo-order
 --reverse --no-walk? --do-walk --pretty?f --format=f --abbrev-commit --no-abbrev-commit --oneline --encoding=
 --expand-tabs? --no-expand-tabs --notes? --no-notes --show-notes? --relative-date --date= --parents --children
 --left-right --graph --no-graph --show-linear-break? --follow --no-decorate --decorate? --decorate-refs=
 --decorate-refs-exclude= --clear-decorations --source --mailmap --no-mailmap --use-mailmap --log-size -L=L
 --full-diff --show-signature!exec --stdin!ask --no-abbrev --object-names --objects --count --timestamp
 --ignore-missing
git log,git whatchanged: read via=git | g*
 @diff @revs
git shortlog: read via=git | g*
 @diff @revs --committer -n,--numbered -s,--summary -e,--email --group=
git show: read via=git | g*
 @diff @revs
git diff: read via=git | g*
 @diff --cached --staged -1,--base -2,--ours -3,--theirs -0
git diff-tree,git diff-index,git diff-files: read via=git | g*
 @diff @revs --cached --root --no-commit-id --always
git range-diff: read via=git | g*
 @diff --creation-factor= --left-only --right-only
git status: read via=git | G*
 -s,--short -b,--branch --show-stash --porcelain? --long -v,--verbose -u,--untracked-files? --ignore-submodules?
 --ignored? -z --column? --no-column --ahead-behind --no-ahead-behind --renames --no-renames --find-renames?
git blame,git annotate: read via=git | g*
 -bclkstefnwpM --root --show-stats -L=L -C? --date= --reverse --first-parent --porcelain --line-porcelain
 --incremental --encoding= --abbrev? --color-lines --color-by-age --score-debug --show-email --show-name
 --show-number --ignore-rev= --minimal --since= -S=r --contents=r --ignore-revs-file=r
git grep: read via=git | p g*
 -iIwvhHEFPGnlLczorpWqa --ignore-case -e=p -f=P -A,--after-context= -B,--before-context= -C,--context=
 -m,--max-count= --max-depth= --cached --untracked!outside --no-index!ask --no-exclude-standard --exclude-standard
 --recurse-submodules --threads= --and --or --not --all-match --color? --no-color --break --heading --show-function
 --function-context --count --name-only --files-with-matches --files-without-match --line-number --column
 --only-matching --text --full-name --null --quiet --extended-regexp --basic-regexp --fixed-strings --perl-regexp
 --word-regexp --invert-match --open-files-in-pager?e!exec -O?e!exec --textconv!exec --no-textconv -#
git rev-parse: read via=git | g*
 --show-toplevel --show-prefix --show-cdup --git-dir --absolute-git-dir --git-common-dir --is-inside-work-tree
 --is-inside-git-dir --is-bare-repository --is-shallow-repository --abbrev-ref? --short? --verify -q,--quiet
 --symbolic --symbolic-full-name --all --branches? --tags? --remotes? --glob= --exclude= --not --revs-only --no-revs
 --flags --no-flags --default= --show-superproject-working-tree --git-path=t --local-env-vars --show-object-format?
 --since= --until= --end-of-options --path-format=
git rev-list: read via=git | g*
 @revs --count --quiet --objects --disk-usage? --header
git ls-files: read via=git | G*
 -cdmoiskutvfz --cached --deleted --modified --others --ignored --stage --unmerged --killed --directory
 --no-empty-directory --full-name --eol --deduplicate --error-unmatch --exclude-standard --recurse-submodules
 --abbrev? --format= --debug -x,--exclude= -X,--exclude-from=r --exclude-per-directory= --with-tree=
git ls-tree: read via=git | g*
 -drtlz --name-only --name-status --object-only --full-name --full-tree --long --abbrev? --format=
git cat-file: read via=git | g*
 --batch!outside --batch-check!outside --allow-unknown-type --textconv!exec --filters!exec -e -p -t -s
git describe,git name-rev,git merge-base,git cherry,git count-objects,git show-ref,git for-each-ref,git show-branch,
git var: read via=git | g*
 --tags --all --long --abbrev? --always --dirty? --exact-match --match= --exclude= --contains? --no-contains?
 --first-parent --name-only --refs= --is-ancestor --octopus --independent --fork-point -avHdsl --verbose
 --human-readable --heads --head --dereference --hash? --verify -q --quiet --count= --sort= --format=f --points-at=
 --merged? --no-merged? --ignore-case --current --sha1-name --no-name --topics --candidates= --list --more?
git branch: read via=git | B*
 -avrlqi --all --remotes --list --verbose --quiet --show-current --contains? --no-contains? --merged? --no-merged?
 --sort= --points-at= --format=f --color? --no-color --column? --no-column --abbrev? --no-abbrev --ignore-case
 -d,--delete!delete -D!delete -m,--move!delete -M!delete -c,--copy!repo -C!delete -f,--force!delete
 -u,--set-upstream-to=t!config --unset-upstream!config -t,--track~!repo --no-track!repo --edit-description!exec
 --create-reflog!repo
git tag: read via=git | B*
 -lni --list --sort= --format=f --contains? --no-contains? --merged? --no-merged? --points-at= --column? --no-column
 --color? --ignore-case -a,--annotate!repo -m,--message=t!repo -F,--file=r!repo -d,--delete!delete -f,--force!delete
 -s,--sign!exec -u,--local-user=t!exec -v,--verify!exec -e,--edit!exec -n?
git add: repo read via=git | A*
 -nvfuANp --dry-run --verbose --force --update --all --no-all --no-ignore-removal --ignore-removal --intent-to-add
 --refresh --ignore-errors --ignore-missing --renormalize --chmod= --sparse --pathspec-from-file=r!outside
 -p,--patch!ask -i,--interactive!ask -e,--edit!exec
git stage: repo read via=git | A*
 -nvfuAN
git commit: repo run read via=git | A*
 -m,--message= -avqsnozu -F,--file=r -t,--template=r --all --amend --no-edit --no-verify --verify --author= --date=
 --signoff --no-signoff --allow-empty --allow-empty-message --fixup= --squash= --reset-author -C,--reuse-message=
 -c,--reedit-message=t!exec -e,--edit!exec --cleanup= --trailer= --verbose --quiet --dry-run --status --no-status
 --short --branch --porcelain --long --null --no-gpg-sign --no-post-rewrite --include --only -i --untracked-files?
 --pathspec-from-file=r!outside -p,--patch!ask --interactive!ask -S,--gpg-sign?!exec
git stash: repo sub wide=repo,write
 -ukaqS --include-untracked --all --keep-index --quiet --staged
git stash list,git stash show: read via=git | t*
 @diff @revs --include-untracked --only-untracked
git stash push,git stash save,git stash create,git stash store: repo via=git | A*
 -m,--message= -kuaqS --keep-index --no-keep-index --include-untracked --all --quiet --staged -p,--patch!ask
 --pathspec-from-file=r!outside
git stash apply,git stash pop,git stash branch: repo write via=git | t*
 -q,--quiet --index
git stash drop,git stash clear: delete | t*
 -q,--quiet
git checkout: repo via=git | E*
 -qlmtd -b= -B=t!delete -f,--force!delete --ours!delete --theirs!delete -t,--track~ --no-track --guess --no-guess
 --detach --quiet --progress --no-progress --orphan= --merge!delete --conflict= -p,--patch!ask --overlay!delete
 --no-overlay!delete --pathspec-from-file=r!delete --recurse-submodules!run --ignore-other-worktrees
git switch: repo via=git | t*
 -qdtm -c,--create= -C,--force-create=t!delete --detach --guess --no-guess -f,--force!delete --discard-changes!delete
 --merge!delete --orphan= --track? --no-track --quiet --progress --no-progress
git restore: delete write | d*
 -SWq -s,--source= --staged --worktree --quiet --ours --theirs -m,--merge --overlay --no-overlay -p,--patch!ask
 --pathspec-from-file=r!outside
git reset: repo via=git | g*
 -qN --quiet --mixed --soft --hard!delete --merge!delete --keep!delete --intent-to-add --no-refresh --refresh
 -p,--patch!ask
git rm: delete repo | d*
 -nrfq --cached --ignore-unmatch --dry-run --force --quiet
git mv: write repo | m* w
 -nvkf --dry-run --verbose --force
git merge: repo write run via=git | t*
 -m= -nqv --ff --no-ff --ff-only --squash --no-commit --commit --no-edit --abort --continue --quit --stat --no-stat
 -s,--strategy=b -X,--strategy-option= --log? --no-log --signoff --quiet --verbose --allow-unrelated-histories
 --no-verify --verify --autostash --no-autostash -e,--edit!exec -S!exec
git rebase: repo write run delete via=git | t*
 --onto= --abort --continue --skip --quit --autostash --no-autostash --autosquash --no-ff -q -v --keep-base --root
 --stat -s,--strategy=b -X= --fork-point -i,--interactive!exec -x,--exec=c!exec --edit-todo!exec
git cherry-pick,git revert: repo write run via=git | t*
 -nxs -m,--mainline= --no-commit --no-edit --abort --continue --skip --quit --signoff --ff --allow-empty
 --keep-redundant-commits -X= -e,--edit!exec -S?!exec
git fetch: net repo host via=git | q z*
 -anvqptk -j= -p,--prune --all --append --depth= --deepen= --shallow-since= --unshallow --dry-run --tags --no-tags -n
 --prune-tags --verbose --quiet --progress --jobs= --update-shallow --multiple!ask --atomic -f,--force!delete --keep
 --no-recurse-submodules --recurse-submodules? -4 -6 --upload-pack=e --refmap=t!ask --filter= -o=t!ask
git ls-remote: net host via=git | q z*
 -qhtb --heads --branches --tags --refs --quiet --exit-code --get-url --sort= --symref --upload-pack=e --exec=e
 -o,--server-option=t!ask
git pull: net repo write run host via=git | q z*
 -vqnapt --rebase? -r --no-rebase --ff --ff-only --no-ff --commit --no-commit --stat --no-stat --squash --autostash
 --no-autostash --no-edit --all --tags --prune --depth= --verbose --quiet --progress --allow-unrelated-histories
 -s,--strategy=b -X= -e,--edit!exec --upload-pack=e
git push: send host via=git | q z*
 -uqvn4 --set-upstream --tags --follow-tags --dry-run --porcelain --quiet --verbose --progress --no-verify --verify
 --atomic --thin --no-thin --all --branches -f,--force!delete --force-with-lease?!delete --force-if-includes
 -d,--delete!delete --mirror!delete --prune!delete --receive-pack=e --exec=e --repo=t!ask -o,--push-option=t!ask
 --signed?!exec --recurse-submodules?!ask
git clone: net write install ask host | t*
 -qvn --depth= -b,--branch= --single-branch --no-tags
git remote: read sub via=git wide=read
 -v,--verbose
git remote show,git remote get-url: read net host via=git | q
 -n --push --all
git remote add,git remote set-url,git remote rename,git remote remove,git remote rm,git remote set-head,
git remote set-branches: config ask | t*
git remote update,git remote prune: net repo host via=git | q*
 -p,--prune -n,--dry-run
git config: read via=gitconfig | t*
 --get --get-all --get-regexp!ask -l,--list!ask --local --global --system --show-origin --show-scope --name-only
 --type= --bool --int -z,--null --default=
git reflog: read sub via=git wide=read | t*
 @diff @revs
git reflog expire,git reflog delete: delete ask | t*
git reflog show,git reflog list,git reflog exists: read via=git | t*
 @diff @revs
git worktree: sub wide=read
git worktree list: read
 -vz --porcelain --verbose
git submodule: sub read wide=read
git submodule status,git submodule summary: read | G*
 --cached --recursive --quiet
git bisect: sub wide=read
git bisect log: read
git bisect start,git bisect good,git bisect bad,git bisect reset,git bisect skip,git bisect old,
git bisect new: repo run write via=git | t*
git notes: sub read wide=read
git notes list,git notes show: read | t*
git check-ignore,git check-attr,git check-ref-format: read via=git | G*
 -vqna --verbose --quiet --non-matching --no-index --all --branch --cached
git version,git --version: read
 --build-options
git help: exec ask | t*
git init: config write | l
 -q,--quiet -b,--initial-branch= --bare!ask --template=r!code --separate-git-dir=w!ask --shared?!ask
git gc,git fsck,git prune,git repack,git verify-pack: ask repo | t*
git clean: delete | d*
 -dfnqxX -e,--exclude= --dry-run --force --quiet -i,--interactive!ask
git apply: write ask via=git | r*
 -R3pvqz --check --stat --numstat --summary --reverse --cached!repo --index!repo -p= -C= --verbose --directory=l
 --exclude= --include= --3way --reject --unsafe-paths!ask --whitespace= --recount
git am,git format-patch,git archive,git bundle,git fast-export,git fast-import,git filter-branch,git send-email,
git request-pull,git daemon,git update-ref,git update-index,git symbolic-ref,git hash-object,git write-tree,
git commit-tree,git credential,git difftool,git mergetool,git instaweb,git maintenance,git replace,
git sparse-checkout,git read-tree,git checkout-index: ask exec | t*
gh: sub wide=net,host
gh pr: sub wide=net,host
gh issue: sub wide=net,host
gh run: sub wide=net,host
gh repo: sub wide=net,host
gh release: sub wide=net,host
gh workflow: sub wide=net,host
gh pr list,gh pr view,gh pr status,gh pr diff,gh pr checks,gh issue list,gh issue view,gh issue status,gh run list,
gh run view,gh repo view,gh repo list,gh release list,gh release view,gh workflow list,gh workflow view,gh search,
gh status: net host | o*
 -s,--state= -L,--limit= -l,--label= -a,--assignee= -A,--author= -B,--base= -H,--head= -S,--search= --json= -q,--jq=
 -c,--comments --log --log-failed --name-only --color= --patch -b,--branch= --job= --exit-status -w,--web!exec
 -R,--repo=o --watch --required -v
gh pr create,gh pr comment,gh issue create,gh issue comment: send host | t*
 -t,--title= -b,--body= -F,--body-file=r -B,--base= -H,--head= -d,--draft -f,--fill -l,--label= -a,--assignee=
 -r,--reviewer=
gh pr merge,gh pr checkout,gh pr close,gh pr review,gh pr edit,gh issue close,gh issue edit,gh release create,
gh workflow run,gh run rerun,gh api,gh gist,gh auth,gh repo clone,gh repo create: send host ask | t*
"""
