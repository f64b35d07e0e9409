package inputs

import (
	"fmt"
	"reflect"
	"time"
)

// filler gives every field that it can reach a value of its own.
type filler struct{ n int }

func (f *filler) fill(v reflect.Value) {
	v = bare(v)
	f.n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.n) * (1 - 2*int64(f.n%2)) % 128) // negative ones, too
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(f.n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(f.n % 256))
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d, \u53cc\u5b50\x00", f.n))
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(time.Unix(int64(f.n)*1e6, int64(f.n)).UTC()))
			return
		}
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.elements(v)
	case reflect.Array:
		f.elements(v)
	case reflect.Pointer:
		switch {
		case v.Type() == zoneType:
			zone, err := time.LoadLocation([]string{"Asia/Tokyo", "Europe/Berlin"}[f.n%2])
			if err != nil {
				panic(err)
			}
			v.Set(reflect.ValueOf(zone))
		case v.Type().Elem() != machineType:
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Interface: // left out of the record
	default:
		panic("no way to fill a " + v.Type().String())
	}
}

func (f *filler) elements(v reflect.Value) {
	for i := range v.Len() {
		f.fill(v.Index(i))
	}
}

// leaves are the paths to every single value below v, of which each is set
// alone by a call of the function.
func leaves(t reflect.Type, path string, reach func(root reflect.Value) reflect.Value, to func(path string, set func(root reflect.Value))) {
	switch {
	case t == timeType, t == zoneType, t.Kind() != reflect.Struct && t.Kind() != reflect.Pointer:
		to(path, func(root reflect.Value) { (&filler{n: 40}).fill(reach(root)) })
	case t.Kind() == reflect.Pointer:
		to(path, func(root reflect.Value) { (&filler{n: 40}).fill(reach(root)) })
		leaves(t.Elem(), path+".*", func(root reflect.Value) reflect.Value {
			p := reach(root)
			if p.IsNil() {
				p.Set(reflect.New(t.Elem()))
			}
			return p.Elem()
		}, to)
	default:
		for i := range t.NumField() {
			leaves(t.Field(i).Type, path+"."+t.Field(i).Name, func(root reflect.Value) reflect.Value { return reach(root).Field(i) }, to)
		}
	}
}
