/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A FreeBSD kernel's variables, for the suite percpu: compiled with debug information for several
 * machines and linked to where a dump has its memory.  Members stand in an order of our own, so
 * that no layout but the one in the debug information is right.
 */
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef unsigned long word;

/*
 * With unnamed structs, as the real one has none: members of those must be found, too.  A test reads
 * the number of its line as its size.
 */
#line 20
struct pcpu {
	char pc_odd;
	void *pc_curthread;
	struct {
		unsigned pc_cpuid;
		union {
			char pc_name[12];
			uint32 pc_word;
		};
	};
	long pc_cp_time[5];
	char pc_nine[9];
	char pc_pad[195];
};

/* As deep as unnamed structs may lie in each other, and one more. */
struct deep {
	char at0;
	struct { struct { struct { struct { struct { struct { struct { struct {
		int at8;
		struct {
			int at9;
		};
		int after;
	}; }; }; }; }; }; }; };
} deep;

#define TIMES(n) .pc_cp_time = { n, n + 10, n + 20, n + 30, n + 40 }
/* CPU 3's lies in two pages. */
#define PCPUS __attribute__((section(".data.pcpus")))
PCPUS __attribute__((aligned(4096))) char before_pcpus[4096 - 3 * sizeof(struct pcpu) - 64] = { 1 };
PCPUS struct pcpu pcpus[4] = {
	{ .pc_odd = 1, .pc_cpuid = 0x11110000, .pc_word = 0x77770000, TIMES(1000) },
	{ .pc_odd = 2, .pc_cpuid = 0x11110001, TIMES(5000) },
	{ .pc_odd = 3, .pc_cpuid = 0x11110002, .pc_word = 0x77770002, TIMES(200) },
	{ .pc_odd = 4, .pc_cpuid = 0x11110003, TIMES(7000) },
};
/* CPU 1 is not there. */
struct pcpu *cpuid_to_pcpu[4] = { &pcpus[0], 0, &pcpus[2], &pcpus[3] };
int mp_maxcpus = 4;
int mp_ncpus = 3;

/* Since 13 on amd64: a pointer, from which zones are counted. */
struct pcpu *__pcpu = &pcpus[0];

/* A counter of each CPU, as far apart as struct pcpu is large. */
union zone {
	struct pcpu room;
	uint64 value;
};
union zone counters[4] = { { .value = 0x100000000 }, { .value = 0x20000 }, { .value = 3 },
	{ .value = 0x4000 } };

/* Initial values of what each CPU has its own of, and the distances to them. */
__attribute__((section("set_pcpu"))) int pcpu_entry_first = 0x0f0f0f0f;
__attribute__((section("set_pcpu"))) int pcpu_entry_ticks = 0x5a5a5a5a;
extern char __start_set_pcpu[], __stop_set_pcpu[];
const void *const used[] = { __start_set_pcpu, __stop_set_pcpu };
word dpcpu_off[4] = { 0x10000, 0, 0x30000, 0x40000 };

/* The same of network stacks: process 0's. */
struct vnet {
	void *vnet_le[2];
	uint32 vnet_magic_n;
	uint32 vnet_ifcnt;
	word vnet_data_base;
};
struct prison {
	char pr_odd[3];
	struct vnet *pr_vnet;
};
struct ucred {
	int cr_ref;
	struct prison *cr_prison;
};
struct proc {
	char p_odd[7];
	struct ucred *p_ucred;
};
__attribute__((section("set_vnet"))) int vnet_entry_if_count = 4;
__attribute__((section("set_vnet"))) int vnet_entry_both = 5;
__attribute__((section("set_pcpu"))) int pcpu_entry_both = 6;
/* Where both end; of no CPU and of no network stack. */
__attribute__((section("set_pcpu"))) struct { } pcpu_entry_after_pcpu;
__attribute__((section("set_vnet"))) struct { } vnet_entry_after_vnet;
extern char __start_set_vnet[], __stop_set_vnet[];
const void *const used_too[] = { __start_set_vnet, __stop_set_vnet };
struct vnet vnet0 = { .vnet_magic_n = 0x3e0d8f29, .vnet_data_base = 0x700000 };
struct prison prison0 = { .pr_vnet = &vnet0 };
struct ucred ucred0 = { .cr_prison = &prison0 };
struct proc proc0 = { .p_ucred = &ucred0 };

struct loadavg {
	uint32 ldavg[3];
	long fscale;
} averunnable = { { 2048, 3072, 100 }, 2048 };
/* What counts instead, unless it is 0. */
#ifdef DRAGONFLY
int fscale = 1024;
#elif defined NAMES_APART
int fscale = 0;
/* Of all CPUs, as kernels have it that do not keep it in struct pcpu alone. */
long cp_time[5] = { 5, 4, 3, 2, 1 };
#endif

#ifdef DRAGONFLY
/* Swap devices in an array, of which one is not there. */
struct swdevt {
	int sw_flags;
	uint32 sw_dev;
	int sw_nblks;
	int sw_nused;
} devices[3] = { { 1, 0x1234, 1000, 10 }, { 0, 0, 0, 0 }, { 2, ~0u, 500, 500 } };
struct swdevt *swdevt = devices;
int nswdev = 3;
int swap0;
const char ostype[] = "DragonFly";
#else
/* Swap devices in a list. */
struct cdev {
	char odd[5];
	struct { } empty;
#ifdef NAMES_APART
	const char *si_name;	/* into a buffer of its own, as some versions have it */
#else
	char si_name[64];
#endif
};
struct vnode {
	int v_type;
	struct cdev *v_rdev;
};
struct swdevt {
	int sw_flags;
	int sw_nblks;
	int sw_used;
	uint64 sw_dev;
	struct vnode *sw_vp;
	struct {
		struct swdevt *tqe_next;
		struct swdevt **tqe_prev;
	} sw_list;
};
struct cdev cdev0 = { .si_name = "ada0p2" };
struct cdev cdev3 = { .si_name = "mapper/a-name-longer-than-an-entry-has-room-for" };
struct vnode vnode0 = { .v_rdev = &cdev0 }, vnode3 = { .v_rdev = &cdev3 };
struct swdevt swap3 = { .sw_flags = 2, .sw_nblks = 70, .sw_used = 3, .sw_dev = 0x77,
	.sw_vp = &vnode3 };
struct swdevt swap2 = { .sw_flags = 8, .sw_nblks = 4000, .sw_used = 5, .sw_dev = ~0ull,
	.sw_list = { .tqe_next = &swap3 } };
struct swdevt swap1 = { .sw_nblks = 300, .sw_used = 300, .sw_dev = 0x1234,
	.sw_list = { .tqe_next = &swap2 } };
struct swdevt swap0 = { .sw_flags = 1, .sw_nblks = 100000, .sw_used = 77, .sw_dev = 0x99,
	.sw_vp = &vnode0, .sw_list = { .tqe_next = &swap1 } };
struct {
	struct swdevt *tqh_first;
	struct swdevt **tqh_last;
} swtailq = { .tqh_first = &swap0 };
const char ostype[] = "FreeBSD";
#endif

int uninitialised;
static int hidden = 9;
const int *const hides = &hidden;
