"""Programs that run what their arguments, their input or a text says."""

from typing import Final

TABLE: Final = r"""
timeout,gtimeout: none posix | t x*
 -v -k,--kill-after= -s,--signal= --preserve-status --foreground --verbose
nice: none posix | x*
 -# -n,--adjustment=
nohup: write posix | x*
setsid: none posix | x*
 -cfw --ctty --fork --wait
stdbuf: none posix | x*
 -i,--input= -o,--output= -e,--error=
ionice: none posix | x*
 -t -c,--class= -n,--classdata= -p=t!ask
chrt,taskset: none posix | t x*
 -abc --all-tasks
time: none posix | x*
 -vpqaV -f,--format= -o,--output=w --verbose --portability --append
xargs: none posix via=xargs | x*
 -0rtpx -n,--max-args= -P,--max-procs= -I= -i? -L,--max-lines= -l? -s,--max-chars= -d,--delimiter= -E= -e? --null
 --no-run-if-empty --verbose --interactive --exit -a,--arg-file=r --replace? --max-lines? --show-limits
parallel: exec posix via=xargs | x*
 -0kqX -j,--jobs= -I= -n= -a=r --bar --progress --dry-run --keep-order --halt= --no-notice --will-cite
sudo,doas,pkexec: exec host ask posix | x*
 -nEHikSsbAvVlKP -u,--user= -g,--group= -p= -C= -h= -r= -t= -T= -U= -D=C -R=C -a=
su,runuser: exec host ask | t*
 -c,--command=c!exec -s,--shell=e -l,--login -m -p -P -u= -g= -w=
chronic,catchsegv,caffeinate,unbuffer,fakeroot,eatmydata,proxychains,proxychains4,torsocks,dbus-run-session,xvfb-run,
rlwrap,firejail: exec posix | x*
unshare: exec posix | x*
 -rmnpuiUfCT --map-root-user --mount --net --pid --user --fork --mount-proc? --uts --ipc --map-user= --map-group= -R=
 -w= --kill-child?
nsenter,chroot-exec,setpriv,capsh,bwrap,systemd-inhibit,cgexec,numactl,prlimit,setarch,linux64,
linux32: exec host ask posix | x*
 -t=
flock: write posix | w x*
 -nsxueFov -c=c!exec -w,--timeout= -E=
strace,ltrace,perf,gdb,lldb,valgrind,rr,heaptrack,hyperfine,entr,watchexec,inotifywait: exec ask posix | x*
 -ftqv -e= -o=w -p= -s= -P= --args --batch
watch: none posix | c*
 -bcdegtprxw -n,--interval= --color --differences? --no-title --errexit --exec
script,expect,screen,tmux,dtach,abduco,zellij: exec host ask | t*
 -c,--command=c!exec -qaef
busybox,toybox: exec posix | x*
sh,bash,dash,zsh,ksh,mksh,ash,fish,csh,tcsh,rbash,pwsh,powershell: run posix via=shell | r a*
 -aefhkmnpstuvxBCEHPTlir -O= -o= +x -c --login --norc --noprofile --posix --version --init-file=r!code
 --rcfile=r!code --debugger --restricted --verbose
perl,ruby,php,lua,luajit,Rscript,R,julia,elixir,erl,guile,racket,sbcl,clojure,scala,groovy,tclsh,osascript,raku,swipl,
ghci,runghc,octave: run posix via=script | r a*
 -v,--version -w -W -c -e=c!exec -r=c!exec -E=c!exec --eval=c!exec -V
eval,exec,command,builtin,source,.,trap,coproc: exec ask posix raw via=builtin | x*
ed,ex,dc,m4,gnuplot: exec ask | a*
"""
