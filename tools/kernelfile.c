/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernelfile.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

/* The GNU build-id in one note segment or section. */
static void
find_build_id(struct kernelfile *ret, Elf_Data *data)
{
	GElf_Nhdr nhdr;
	size_t name, desc;
	for (size_t at = 0; (at = gelf_getnote(data, at, &nhdr, &name, &desc)) > 0;) {
		const uint8_t *p = data->d_buf;
		if (nhdr.n_type == NT_GNU_BUILD_ID && nhdr.n_namesz == 4 &&
		    memcmp(p + name, "GNU", 4) == 0 && nhdr.n_descsz <= sizeof(ret->build_id)) {
			ret->build_id_len = nhdr.n_descsz;
			memcpy(ret->build_id, p + desc, nhdr.n_descsz);
		}
	}
}

/* Text spans from the first to the last segment that may be executed. */
static void
add_text(struct kernelfile *ret, const GElf_Phdr *phdr)
{
	if (phdr->p_type != PT_LOAD || (phdr->p_flags & PF_X) == 0 || phdr->p_memsz == 0)
		return;
	uint64_t first = phdr->p_vaddr, last = phdr->p_vaddr + (phdr->p_memsz - 1);
	if (last < first)	/* a damaged header: its end wraps */
		return;
	if (ret->text_size != 0) {
		const uint64_t end = ret->text + (ret->text_size - 1);
		first = ret->text < first ? ret->text : first;
		last = end > last ? end : last;
	}
	ret->text = first;
	ret->text_size = last - first + 1;
}

static bool
read_elf(struct kernelfile *ret, Elf *elf)
{
	GElf_Ehdr ehdr;
	size_t nph = 0;
	if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &ehdr) == NULL)
		return false;
	ret->machine = ehdr.e_machine;
	ret->bits = ehdr.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	ret->flags = ehdr.e_flags;
	ret->big = ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	if (elf_getphdrnum(elf, &nph) != 0)
		return false;
	for (size_t i = 0; i < nph; i++) {
		GElf_Phdr phdr;
		if (gelf_getphdr(elf, (int)i, &phdr) == NULL)
			continue;
		add_text(ret, &phdr);
		if (phdr.p_type != PT_NOTE)
			continue;
		Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)phdr.p_offset,
		    (size_t)phdr.p_filesz, phdr.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
		if (data != NULL)
			find_build_id(ret, data);
	}
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn)) != NULL;) {
		GElf_Shdr shdr;
		Elf_Data *data;
		if (gelf_getshdr(scn, &shdr) != NULL && shdr.sh_type == SHT_NOTE &&
		    (data = elf_getdata(scn, NULL)) != NULL)
			find_build_id(ret, data);
	}
	return true;
}

bool
kernelfile_read(struct kernelfile *ret, const char *path)
{
	*ret = (struct kernelfile) { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	(void)elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	bool ok = elf != NULL && read_elf(ret, elf);
	if (!ok)
		complain("%s: %s", path, elf == NULL || elf_kind(elf) == ELF_K_ELF ?
		    elf_errmsg(-1) : "not an ELF file");
	(void)elf_end(elf);
	close(fd);
	return ok;
}

static size_t
segment_memory(Elf *elf, const GElf_Phdr *phdr, uint64_t va, void *buf, size_t len)
{
	if (phdr->p_type != PT_LOAD || va < phdr->p_vaddr || va - phdr->p_vaddr >= phdr->p_filesz)
		return 0;
	const uint64_t into = va - phdr->p_vaddr, left = phdr->p_filesz - into;
	const size_t n = left < len ? (size_t)left : len;
	Elf_Data *data = phdr->p_offset > INT64_MAX - into ? NULL :
	    elf_getdata_rawchunk(elf, (int64_t)(phdr->p_offset + into), n, ELF_T_BYTE);
	if (data == NULL)
		return 0;
	memcpy(buf, data->d_buf, n);
	return n;
}

size_t
kernelfile_memory(const char *path, uint64_t va, void *buf, size_t len)
{
	size_t nph = 0, got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || len == 0) {
		if (fd != -1)
			close(fd);
		return 0;
	}
	(void)elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf != NULL && elf_kind(elf) == ELF_K_ELF && elf_getphdrnum(elf, &nph) == 0)
		for (size_t i = 0; i < nph && got == 0; i++) {
			GElf_Phdr phdr;
			if (gelf_getphdr(elf, (int)i, &phdr) != NULL)
				got = segment_memory(elf, &phdr, va, buf, len);
		}
	(void)elf_end(elf);
	close(fd);
	return got;
}
