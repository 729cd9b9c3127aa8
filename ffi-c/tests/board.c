/* Start and end of a program on an emulated Cortex-M4, where newlib's own are not linked. */

int main(void);
void _start(void);
void _init(void);
void _fini(void);
void abort(void);

/** Ends the program with an exit code of the host: SYS_EXIT of Arm's semihosting. */
__attribute__((noreturn)) static void leave(int failed) {
  register int operation __asm__("r0") = 0x18;
  /* ADP_Stopped_ApplicationExit, or ADP_Stopped_RunTimeErrorUnknown. */
  register int reason __asm__("r1") = failed ? 0x20023 : 0x20026;
  for (;;) {
    __asm__ volatile("bkpt 0xab" : "+r"(operation) : "r"(reason) : "memory");
  }
}

__attribute__((weak)) void _start(void) {
  leave(main());
}

__attribute__((weak)) void abort(void) {
  leave(1);
}

/* What newlib's start and end ask for and a linker that GCC calls would bring. */
void _init(void) {
}
void _fini(void) {
}
