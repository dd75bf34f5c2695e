#!/usr/bin/env bash
# A sound card that exists in software: a PulseAudio of its own in a folder of its own, which touches
# nothing of the user's. For tests, and to try s2s where there is no sound card.
#
#   eval "$(scripts/virtual-audio.sh start)"     start it, and let this shell's programs use it
#   paplay -d s2s_mic_in hello.wav               speak into the microphone s2s_mic
#   parec -d s2s_speaker.monitor …               hear what the speaker s2s_speaker plays
#   scripts/virtual-audio.sh stop
#
# Settings, by environment:
#   VA_DIR       the folder (short: a socket's path has 108 bytes)
#   VA_RATE      Hz of the card itself (24000)
#   VA_CHANNELS  of the card itself (1)
#   VA_ONLY      RATE:CHANNELS, the only ones at which programs may open the card; "" allows all.
#                Needs gcc. Without it PulseAudio converts whatever a program asks for.
#   VA_ECHO_MS   the microphone hears the speaker, so many ms later
#
# Needs pulseaudio, pulseaudio-utils and libasound2-plugins (Debian's names).
set -euo pipefail

VA_DIR=${VA_DIR:-/tmp/s2s-audio-$(id -u)}
VA_RATE=${VA_RATE:-24000} VA_CHANNELS=${VA_CHANNELS:-1} VA_ONLY=${VA_ONLY:-} VA_ECHO_MS=${VA_ECHO_MS:-}
socket=$VA_DIR/pulse.sock

print_environment() {
  printf "export %s='%s'\n" VA_DIR "$VA_DIR" XDG_RUNTIME_DIR "$VA_DIR" ALSA_CONFIG_PATH "$VA_DIR/asound.conf" \
    PULSE_SERVER "unix:$socket" PULSE_CLIENTCONFIG "$VA_DIR/client.conf" PULSE_COOKIE "$VA_DIR/cookie" \
    PULSE_SINK s2s_speaker PULSE_SOURCE s2s_mic
  # JACK's library would put files into /dev/shm and look for servers of other people.
  printf "export %s='%s'\n" JACK_DEFAULT_SERVER s2s-none JACK_NO_START_SERVER 1
  if [ -n "$VA_ONLY" ]; then
    printf "export %s='%s'\n" VA_ONLY_RATE "${VA_ONLY%:*}" VA_ONLY_CHANNELS "${VA_ONLY#*:}" LD_PRELOAD "$VA_DIR/only.so"
  fi
}

write_configuration() {
  printf '%s\n' 'autospawn = no' 'daemon-binary = /bin/false' 'enable-shm = no' >"$VA_DIR/client.conf"

  # All that PortAudio is to see: ALSA's own configuration would add dozens of devices that fail.
  cat >"$VA_DIR/asound.conf" <<END
pcm.pulse { type pulse hint { show on description "PulseAudio" } }
ctl.pulse { type pulse }
pcm.!default { type pulse hint { show on description "Default (PulseAudio)" } }
ctl.!default { type pulse }
END

  # norewinds: without it an idle sink runs 2 s ahead, and the first 20 to 50 ms of sound are lost.
  local shape="rate=$VA_RATE channels=$VA_CHANNELS"
  cat >"$VA_DIR/daemon.pa" <<END
.fail
load-module module-native-protocol-unix socket=$socket auth-anonymous=1
load-module module-null-sink sink_name=s2s_speaker norewinds=1 $shape
load-module module-null-sink sink_name=s2s_mic_in norewinds=1 $shape
load-module module-remap-source source_name=s2s_mic master=s2s_mic_in.monitor
set-default-sink s2s_speaker
set-default-source s2s_mic
END
  if [ -n "$VA_ECHO_MS" ]; then
    echo "load-module module-loopback source=s2s_speaker.monitor sink=s2s_mic_in latency_msec=$VA_ECHO_MS adjust_time=0" >>"$VA_DIR/daemon.pa"
  fi
}

# ALSA's way to PulseAudio takes every rate and channel count. This lets it claim less.
compile_restriction() {
  cat >"$VA_DIR/only.c" <<'END'
#include <dlfcn.h>
#include <stdlib.h>
int snd_pcm_ioplug_set_param_minmax(void *io, int what, unsigned min, unsigned max) {
  int (*real)(void *, int, unsigned, unsigned) = dlsym(dlopen("libasound.so.2", RTLD_LAZY), __func__);
  const char *only = what == 2 ? getenv("VA_ONLY_CHANNELS") : what == 3 ? getenv("VA_ONLY_RATE") : 0;
  if (only) min = max = atoi(only);
  return real(io, what, min, max);
}
END
  gcc -shared -fPIC -o "$VA_DIR/only.so" "$VA_DIR/only.c" -ldl
}

start() {
  mkdir -p -m 700 "$VA_DIR/home"
  stop
  write_configuration
  [ -z "$VA_ONLY" ] || compile_restriction
  env -u DBUS_SESSION_BUS_ADDRESS HOME="$VA_DIR/home" XDG_CONFIG_HOME="$VA_DIR/home" XDG_RUNTIME_DIR="$VA_DIR" \
    PULSE_RUNTIME_PATH="$VA_DIR/runtime" PULSE_STATE_PATH="$VA_DIR/state" PULSE_COOKIE="$VA_DIR/cookie" \
    setsid pulseaudio -n -F "$VA_DIR/daemon.pa" --daemonize=no --system=false --exit-idle-time=-1 \
    --disable-shm=yes --use-pid-file=no --realtime=no --high-priority=no --log-target=file:"$VA_DIR/log" \
    </dev/null >/dev/null 2>&1 &
  local server=$!
  echo $server >"$VA_DIR/pid"
  for _ in $(seq 100); do
    if (eval "$(print_environment)" && unset LD_PRELOAD && pactl list short sources 2>/dev/null) | grep -qw s2s_mic; then
      return 0
    fi
    kill -0 $server 2>/dev/null || break
    sleep 0.05
  done
  echo "The virtual sound card did not come up:" >&2
  cat "$VA_DIR/log" >&2 || true
  return 1
}

stop() {
  [ -f "$VA_DIR/pid" ] || return 0
  local server
  server=$(cat "$VA_DIR/pid")
  rm -f "$VA_DIR/pid"
  # By now the number may belong to another process.
  [ "$(cat "/proc/$server/comm" 2>/dev/null)" = pulseaudio ] || return 0
  # Asked politely it takes one or two seconds; all it would tidy up is in our folder.
  kill -KILL "$server" 2>/dev/null || true
}

case ${1:-} in
  start) start && print_environment ;;
  stop) stop ;;
  env) print_environment ;;
  *)
    echo "usage: $0 start|stop|env" >&2
    exit 2
    ;;
esac
