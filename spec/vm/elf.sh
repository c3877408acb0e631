# Sourced by base and overlay: where files belong in the guest, and which libraries they need.
# shellcheck shell=bash

# The guest's root has /usr merged, and its folders of programs are one; a cpio archive must not name the links, or
# the kernel would replace them by folders.
guest_path() {
  case $1 in
    /bin/* | /sbin/*) echo "/usr/bin/${1#/*/}" ;;
    /usr/sbin/*) echo "/usr/bin/${1#/usr/sbin/}" ;;
    /lib/* | /lib64/*) echo "/usr$1" ;;
    *) echo "$1" ;;
  esac
}

# libraries FILE...: the shared libraries and the loader that the dynamic ELF files among FILE... need, one to a line
libraries() {
  local file magic elf=()
  for file; do
    IFS= read -r -n 4 -d '' magic 2>/dev/null <"$file" || true
    if [ "$magic" = $'\x7fELF' ]; then elf+=("$file"); fi
  done
  [ ${#elf[@]} = 0 ] || { ldd "${elf[@]}" 2>/dev/null || true; } |
    sed -nE 's/^\t(.* => )?(\/[^ ]+) \(0x[0-9a-f]+\)$/\2/p' | sort -u
}

# add ROOT FILE...: copies files of this system to the same place below ROOT
add() {
  local root=$1 file to
  shift
  for file; do
    to=$root$(guest_path "$file")
    mkdir -p "${to%/*}"
    cp -L "$file" "$to"
  done
}

# Packs a folder as the kernel wants it, and the same files to the same bytes, or two runs of --icount would differ.
# Not compressed: to undo that takes the emulated machine a quarter of its boot.
pack() {
  (
    cd "$1" || exit
    find . -exec touch --no-dereference --date=@0 {} +
    find . -print0 | LC_ALL=C sort -z | cpio --null --quiet --reproducible -o -H newc -R 0:0
  )
}
