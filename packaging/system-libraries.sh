#!/bin/sh
# Debian and Ubuntu: the libraries that Qt loads at run time. Installs them when it may, else names the one command.
set -eu

packages="libegl1 libgl1 libglib2.0-0 libfontconfig1 libfreetype6 libdbus-1-3 libxkbcommon0 libxkbcommon-x11-0
libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
libxcb-xfixes0 libxcb-xkb1 fonts-dejavu-core"

command -v dpkg-query >/dev/null 2>&1 || exit 0   # another system brings its own

missing=
for package in $packages; do
    # Ubuntu 24.04 and Debian 13 renamed some packages with the suffix t64.
    dpkg-query -W -f='${Status}\n' "$package" "${package}t64" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    echo "Installing the system libraries that Qt needs:$missing"
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update -qq && $install -qq; } >/dev/null 2>&1; then exit 0; fi
fi
echo "Qt needs system libraries that are missing here. Install them with:"
echo "    sudo $install"
exit 1
