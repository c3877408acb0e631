# shellcheck shell=bash
# Sourced by kernels and peer: apt with a state of its own, which changes nothing of the system's. Whoever sources it
# has die and $arch, Debian's word for the architecture.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror's address, from this system's own apt: the one of Debian, or of Debian-Security.
mirror() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' \
    'Identifier: Packages' 'Component: main' 'Origin: Debian' | sed -n "s/^$1 //p" | sed -n 1p
}

# An apt of our own below folder $1, for suites $2...: it takes over how this system reaches the network, and
# nothing else: not its sources, its lists, nor its hooks (those may clean the system's cache).
private_apt() {
  local dir=$1 suite main security
  shift
  main=$(mirror Debian)
  security=$(mirror Debian-Security)
  [ -n "$main" ] || die "this system's apt knows no Debian mirror (is it Debian? has 'apt-get update' run?)"
  mkdir -p "$dir"/{lists,archives}/partial
  for suite; do
    case $suite in
      *-security) [ -z "$security" ] || echo "deb [signed-by=$keyring] $security $suite main" ;;
      *) echo "deb [signed-by=$keyring] $main $suite main" ;;
    esac
  done >"$dir/sources.list"
  apt-config dump Acquire >"$dir/apt.conf"
  cat >>"$dir/apt.conf" <<END
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "$dir/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$dir";
Dir::State::Lists "$dir/lists";
Dir::State::Status "/dev/null";
Dir::Cache "$dir";
Dir::Cache::Archives "$dir/archives";
APT::Architecture "$arch";
APT::Architectures "$arch";
APT::Sandbox::User "$(id -un)";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::AllowInsecureRepositories "false";
Acquire::Retries "3";
// A mirror may keep an old index of a suite; it is signed all the same, and we write down what we took.
Acquire::Check-Valid-Until "false";
END
  export APT_CONFIG=$dir/apt.conf
}
