"""Programs that tell about the system, and programs that do nothing."""

from typing import Final

TABLE: Final = r"""
true,false: none raw | t*
echo: none raw | t*
printf: none raw via=printf | t*
test: read raw via=test | t*
[: read raw via=test | t*
sleep: none | t*
yes: none raw | t*
pwd: none
 -LP --logical --physical
whoami,logname,tty,arch: none
 -s
id,groups: none | t*
 -agGnruzZ --group --groups --name --real --user --zero
hostname: none
 -aAdfiIsy --fqdn --short --domain --ip-address --all-ip-addresses
hostnamectl,nproc: none
 --all --ignore=
uname: none
 -asnrvmpio --all --kernel-name --nodename --kernel-release --kernel-version --machine --processor
 --hardware-platform --operating-system
lsb_release: none
 -aidcrs --all --id --description --codename --release --short
uptime,w,who: none
 -psahbdHlmqrtTu --pretty --since
date: none via=date | t*
 -uR -I,--iso-8601? -d,--date= -r,--reference=l -f,--file=r --utc --universal --rfc-email --rfc-3339= -s,--set=t!ask
 --debug
cal,ncal: none | t*
 -13jmyAhbMw
free: none
 -bkmghtlwvL --human --total --wide --mega --giga --kibi --mebi --gibi --si --bytes --kilo -s,--seconds= -c,--count=
vmstat: none | t*
 -afmnswtdD -p= -S=
lscpu,lsmem,lsusb,lspci: none
 -aebcJrvtn
lsblk: none | l*
 -abdfilmnpPrStJO -o,--output= -e= -I= -w= --json --all --fs --bytes --list --noheadings
ps: none via=ps | t*
 -AadeflFjlHwNyMLTcmVZ -o,--format= -p,--pid= -u= -U= -C= -g= -G= -t= -s= --ppid= --sort= --no-headers --forest
 --headers --user= -O=
pgrep,pidof: none | t*
 -lafnovxci -s= -u= -P= -d= -g= -U= -t= --full --list-name --list-full
top: none
 -bciHS -n= -d= -p= -o= -u= -w?
lsof,ss,netstat,ip,ifconfig: read ask raw | t*
env: read posix via=env | x*
 -i,--ignore-environment -0,--null -u,--unset= -C,--chdir=C -S,--split-string=c -v,--debug
printenv: secret | t*
 -0 --null
locale: none | t*
 -amkc --all-locales
getconf: none | t*
 -a
tput,clear,reset,stty: none | t*
 -agT
kill: delete host raw | t*
pkill,killall: ask delete host | t*
git-lfs: read ask | t*
neofetch,fastfetch: read ask
man: read | b*
 -kfwWa --where --whatis --apropos --all
info: read ask | t*
tldr: read | t*
apropos,whatis: none | t*
"""
